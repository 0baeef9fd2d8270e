// The bare forward pass: what the ratios in benchmarks and tests are measured against.
#ifndef MLFSC_MODELS_BARE_FORWARD_H_
#define MLFSC_MODELS_BARE_FORWARD_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/features/feature_options.h"
#include "models/vgg16.h"

namespace mlfsc {

// The same weights through the same LibTorch operations in the same process, all passes of the mode, and
// nothing else: the normalised input is a tensor beforehand and what the taps give is dropped as tensors.
// Called by one thread at a time.
class BareForward {
 public:
  // As MakeVgg16.
  static absl::StatusOr<std::unique_ptr<BareForward>> Make(const Vgg16Options& options);
  ~BareForward();

  // Prepares a random input of `batch` pictures, 1 or more; InvalidArgument for `pixels`.
  absl::Status Prepare(const FeatureOptions& options, int batch);

  // One forward pass of the prepared batch in one go; on a GPU, to its end. FailedPrecondition before
  // Prepare.
  absl::Status Run();

 private:
  class Impl;
  explicit BareForward(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mlfsc

#endif  // MLFSC_MODELS_BARE_FORWARD_H_
