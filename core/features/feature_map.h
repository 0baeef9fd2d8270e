// What a feature source gives for one picture: one map for each layer that is tapped.
#ifndef MLFSC_CORE_FEATURES_FEATURE_MAP_H_
#define MLFSC_CORE_FEATURES_FEATURE_MAP_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace mlfsc {

// One layer's features: [channels, height, width], row-major.
struct FeatureMap {
  std::string layer;
  int channels = 0;
  int height = 0;
  int width = 0;
  std::vector<float> values;

  size_t plane_size() const { return static_cast<size_t>(height) * width; }
  const float* plane(int channel) const { return values.data() + channel * plane_size(); }
  float* plane(int channel) { return values.data() + channel * plane_size(); }
};

// Features that live on an accelerator. What they are, only the backend that made them knows.
class DeviceFeatures {
 public:
  virtual ~DeviceFeatures() = default;

  // The same features in the host's memory. Internal when the backend fails. Thread-safe.
  virtual absl::StatusOr<std::vector<FeatureMap>> CopyToHost() const = 0;
};

// One picture's features, deepest layer first (conv4_3, conv3_3, conv2_2; or pixels). Channels are numbered
// through in this order.
struct PictureFeatures {
  // In the host's memory; empty when they live on a device.
  std::vector<FeatureMap> maps;
  std::shared_ptr<const DeviceFeatures> device;
  // What the appearance view is made of (core/scoring/appearance_vectors.h): conv4_3, conv3_3 and conv2_2 of the
  // picture at full size after the ReLU, area-averaged to an eighth of the input's side, border included. In
  // the host's memory, also when the maps are not. Empty unless FeatureOptions::appearance asked for it.
  std::vector<FeatureMap> appearance = {};
};

// The features in the host's memory: copied there when they live on a device, else just handed back.
absl::StatusOr<PictureFeatures> InHostMemory(PictureFeatures features);

}  // namespace mlfsc

#endif  // MLFSC_CORE_FEATURES_FEATURE_MAP_H_
