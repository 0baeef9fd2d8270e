// Orthogonal matching pursuit of one patch, in double precision: what the vectorised pursuit falls back on.
#ifndef MLFSC_CORE_CODING_OMP_H_
#define MLFSC_CORE_CODING_OMP_H_

#include <vector>

#include "absl/types/span.h"

namespace mlfsc {

// Takes, up to `nonzeros` times, the atom with the largest correlation |d_k . (x - D^T c)| with what is left
// of the patch (the first of equals), and refits all codes of the support by least squares (Pati, Rezaiifar,
// Krishnaprasad, 1993), on the Gram matrix G = D D^T with b = D x (Rubinstein, Zibulevsky, Elad, "Efficient
// implementation of the K-SVD algorithm using batch orthogonal matching pursuit", 2008).
//
// Ends early when no atom has more than a millionth of max|b| left to explain, or the atom depends on those
// taken before: a billionth of its squared length at most is its own.
//
// Holds scratch memory: one object a thread.
class OmpSolver {
 public:
  // `gram`: [num_atoms, num_atoms]; must outlive the solver.
  OmpSolver(absl::Span<const double> gram, int num_atoms, int nonzeros);

  // `correlations`: b, [num_atoms]. `codes`: [num_atoms], written.
  void Solve(absl::Span<const double> correlations, absl::Span<double> codes);

  // b - G c of the last Solve.
  absl::Span<const double> slopes() const { return slopes_; }

 private:
  bool Append(int atom);

  const absl::Span<const double> gram_;
  const int num_atoms_;
  const int nonzeros_;
  std::vector<int> support_;
  // Lower triangle of the Cholesky factor of G over the support, its diagonal inverted: [nonzeros, nonzeros].
  std::vector<double> factor_;
  std::vector<double> solution_;
  std::vector<double> slopes_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_CODING_OMP_H_
