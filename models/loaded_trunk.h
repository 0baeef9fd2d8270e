// The trunk with a file's weights, and what every forward pass through it needs.
#ifndef MLFSC_MODELS_LOADED_TRUNK_H_
#define MLFSC_MODELS_LOADED_TRUNK_H_

#include <memory>
#include <string>

#include <ATen/core/Tensor.h>
#include <c10/core/InferenceMode.h>

#include "absl/status/statusor.h"
#include "models/trunk.h"
#include "models/vgg16.h"

namespace mlfsc {

// Immutable and thread-safe.
struct LoadedTrunk {
  c10::Device device;
  // Of a forward pass on the CPU.
  int threads;
  // Of the backbone's file, hex.
  std::string sha256;
  // [1, 3, 1, 1] on the device: the input is (rgb - mean) / deviation.
  at::Tensor mean;
  at::Tensor deviation;
  Trunk trunk;
};

// Reads the backbone and puts it on the device, to compute in `precision` (kFloat; kBFloat16 on a CPU);
// errors as of MakeVgg16. Looks at no other arithmetic that `options` name.
absl::StatusOr<std::unique_ptr<const LoadedTrunk>> LoadTrunk(const Vgg16Options& options,
                                                             at::ScalarType precision = at::kFloat);

// Everything around a forward pass that belongs to the calling thread: no gradients are recorded, and on the
// CPU LibTorch runs on as many threads as the trunk is to have.
class ForwardScope {
 public:
  explicit ForwardScope(const LoadedTrunk& loaded);

 private:
  const c10::InferenceMode inference_;
};

}  // namespace mlfsc

#endif  // MLFSC_MODELS_LOADED_TRUNK_H_
