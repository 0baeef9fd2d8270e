#include <cstddef>
#include <utility>

#include "core/features/feature_extractor.h"

namespace mlfsc {

PictureFeatures PixelFeatures(const InputPicture& input) {
  FeatureMap grey;
  grey.layer = "pixels";
  grey.channels = 1;
  grey.height = input.size;
  grey.width = input.size;
  const size_t count = grey.plane_size();
  grey.values.resize(count);
  const float* red = input.rgb.data();
  const float* green = red + count;
  const float* blue = green + count;
  for (size_t i = 0; i < count; ++i) {
    grey.values[i] = 0.299f * red[i] + 0.587f * green[i] + 0.114f * blue[i];
  }
  PictureFeatures features;
  features.maps.push_back(std::move(grey));
  return features;
}

}  // namespace mlfsc
