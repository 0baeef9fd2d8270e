// One patch at a time in double precision: what LargePatchCoder does, and SmallPatchCoder falls back on.
#ifndef MLFSC_CORE_CODING_EXACT_CODER_H_
#define MLFSC_CORE_CODING_EXACT_CODER_H_

#include "absl/types/span.h"
#include "core/base/cancellation.h"
#include "core/coding/dictionary.h"
#include "core/coding/lasso.h"
#include "core/coding/omp.h"

namespace mlfsc {

// Holds scratch memory: one object a thread.
class ExactCoder {
 public:
  // `gram`: [atoms, atoms]; `cancellation`: may be null; both must outlive the coder.
  ExactCoder(absl::Span<const double> gram, int atoms, const CodingOptions& coding,
             const Cancellation* cancellation = nullptr);

  // `energy`: ||x||^2; `correlations`: b = D x, [atoms]. `codes`: written, [atoms]. Returns ||x - D^T c||^2,
  // at least 0. Neither depends on the patches before. Throws WorkCancelled.
  double Code(double energy, absl::Span<const double> correlations, absl::Span<double> codes);

 private:
  const Coder coder_;
  const Cancellation* const cancellation_;
  LassoSolver lasso_;
  OmpSolver omp_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_CODING_EXACT_CODER_H_
