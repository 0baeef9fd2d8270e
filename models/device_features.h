// Features as LibTorch tensors.
#ifndef MLFSC_MODELS_DEVICE_FEATURES_H_
#define MLFSC_MODELS_DEVICE_FEATURES_H_

#include <vector>

#include <ATen/core/Tensor.h>

#include "core/features/feature_map.h"

namespace mlfsc {

// One picture's taps where the forward pass left them, as it gave them: border included, not standardised.
struct TensorFeatures : public DeviceFeatures {
  // Deepest layer first: float32, [channels, height, width].
  std::vector<at::Tensor> maps;
};

}  // namespace mlfsc

#endif  // MLFSC_MODELS_DEVICE_FEATURES_H_
