// Features as LibTorch tensors.
#ifndef MLFSC_MODELS_DEVICE_FEATURES_H_
#define MLFSC_MODELS_DEVICE_FEATURES_H_

#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "absl/status/statusor.h"
#include "core/features/feature_map.h"

namespace mlfsc {

// [channels, height, width], float32, on any device.
FeatureMap ToFeatureMap(const std::string& layer, const at::Tensor& map);

// One picture's taps where the forward pass left them, as it gave them: border included, not standardised.
// Immutable once made.
struct TensorFeatures : public DeviceFeatures {
  struct Layer {
    std::string name;
    // [channels, height, width], float32.
    at::Tensor map;
  };

  absl::StatusOr<std::vector<FeatureMap>> CopyToHost() const override;

  // Deepest first.
  std::vector<Layer> layers;
};

}  // namespace mlfsc

#endif  // MLFSC_MODELS_DEVICE_FEATURES_H_
