// The exact solver of one Lasso, in double precision: what the vectorised solvers fall back on and are
// measured against.
#ifndef MLFSC_CORE_CODING_LASSO_H_
#define MLFSC_CORE_CODING_LASSO_H_

#include <vector>

#include "absl/types/span.h"
#include "core/base/cancellation.h"

namespace mlfsc {

// argmin_c 1/2 c^T G c - b^T c + alpha ||c||_1, which with G = D D^T and b = D x is the Lasso
// argmin_c 1/2 ||x - D^T c||^2 + alpha ||c||_1 (MLF-SC, eq. 1).
//
// An active-set method (feature-sign search: Lee, Battle, Raina, Ng, "Efficient sparse coding algorithms",
// 2006): each step solves for the present support and signs by Cholesky and goes there, or to the first
// change of sign on the way; the objective falls at every step, so no support comes back and the method ends
// at the exact minimiser. A support with linearly dependent atoms is left along the direction in which the
// patch does not change, so duplicate atoms are allowed; so are atoms of any length, zero included.
//
// Holds scratch memory: one object a thread.
class LassoSolver {
 public:
  // `gram`: [num_atoms, num_atoms], symmetric positive semi-definite; must outlive the solver. `alpha` >= 0.
  // `cancellation`: may be null; looked at in each step.
  LassoSolver(absl::Span<const double> gram, int num_atoms, double alpha,
              const Cancellation* cancellation = nullptr);

  // `correlations`: b, [num_atoms]. `codes`: [num_atoms]; a start on entry (zeros will do; the nearer to the
  // answer, the fewer steps), the minimiser on return. The optimality conditions hold to t = 1e-9 max|b|:
  // |b - G c| <= alpha + t where c is 0 (no step is taken for less), b - G c = alpha sign(c) elsewhere. The
  // duality gap (the objective at c less the dual objective at the remainder scaled into its feasible set) is
  // then at most t ||c||_1 plus terms of second order. Returns false when rounding has kept it from getting
  // there within a bounded number of steps; `codes` is then the best point reached. Throws
  // WorkCancelled.
  bool Solve(absl::Span<const double> correlations, absl::Span<double> codes);

  // How many atoms the last Solve took into the support, one a step: none from a start that has them already.
  int steps() const { return steps_; }

  // b - G c of the last Solve.
  absl::Span<const double> slopes() const { return slopes_; }

 private:
  bool Factorise(int* dependent);
  void SolveForSupport();
  void LeaveDependentSupport(int dependent, absl::Span<double> codes);
  void Drop(int position, absl::Span<double> codes);
  void Descend(absl::Span<const double> correlations, absl::Span<double> codes);

  const absl::Span<const double> gram_;
  const int num_atoms_;
  const double alpha_;
  const Cancellation* const cancellation_;
  // The support in the order it came, and the sign of each of its codes.
  std::vector<int> support_;
  std::vector<double> signs_;
  // Lower triangle of the Cholesky factor of G over the support, [num_atoms, num_atoms], of which so many
  // rows are up to date.
  std::vector<double> factor_;
  int factorised_ = 0;
  int steps_ = 0;
  // Right-hand side, then solution, over the support.
  std::vector<double> target_;
  std::vector<double> slopes_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_CODING_LASSO_H_
