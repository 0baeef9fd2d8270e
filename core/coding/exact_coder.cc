#include "core/coding/exact_coder.h"

#include <algorithm>

#include "core/coding/gram.h"

namespace mlfsc {

ExactCoder::ExactCoder(absl::Span<const double> gram, int atoms, const CodingOptions& coding,
                       const Cancellation* cancellation)
    : coder_(coding.coder),
      cancellation_(cancellation),
      lasso_(gram, atoms, coding.alpha, cancellation),
      omp_(gram, atoms, coding.nonzeros) {}

double ExactCoder::Code(double energy, absl::Span<const double> correlations, absl::Span<double> codes) {
  CheckCancelled(cancellation_);
  if (coder_ == Coder::kOmp) {
    omp_.Solve(correlations, codes);
    return SquaredResidual(energy, correlations, omp_.slopes(), codes);
  }
  // Where the Lasso starts from.
  std::fill(codes.begin(), codes.end(), 0.0);
  lasso_.Solve(correlations, codes);
  return SquaredResidual(energy, correlations, lasso_.slopes(), codes);
}

}  // namespace mlfsc
