#include "models/device_features.h"

#include <c10/core/InferenceMode.h>

#include "models/torch_errors.h"

namespace mlfsc {

FeatureMap ToFeatureMap(const std::string& layer, const at::Tensor& map) {
  const at::Tensor on_host = map.to(at::kCPU).contiguous();
  const float* values = on_host.data_ptr<float>();
  return {layer, static_cast<int>(on_host.size(0)), static_cast<int>(on_host.size(1)),
          static_cast<int>(on_host.size(2)), std::vector<float>(values, values + on_host.numel())};
}

absl::StatusOr<std::vector<FeatureMap>> TensorFeatures::CopyToHost() const {
  return CatchTorch([this] {
    const c10::InferenceMode inference;
    std::vector<FeatureMap> maps;
    for (const Layer& layer : layers) maps.push_back(ToFeatureMap(layer.name, layer.map));
    return maps;
  });
}

}  // namespace mlfsc
