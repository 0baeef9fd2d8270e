// Which features a category is learnt on.
#ifndef MLFSC_CORE_FEATURES_FEATURE_OPTIONS_H_
#define MLFSC_CORE_FEATURES_FEATURE_OPTIONS_H_

#include <array>
#include <string>
#include <vector>

namespace mlfsc {

enum class FeatureSource {
  // VGG16 on the picture at 1, 1/2 and 1/4, one tap each, all maps at 1/8 of the input size.
  kPyramid,
  // One VGG16 pass, each tap at its own resolution.
  kSinglePass,
  // The grey picture itself.
  kPixels,
};

struct FeatureOptions {
  FeatureSource source = FeatureSource::kPyramid;
  // Pixels a side that a picture is resized to; a multiple of 32.
  int input_size = 256;
  // Whether PictureFeatures::appearance is wanted too. Not for kPixels.
  bool appearance = false;

  bool operator==(const FeatureOptions& o) const {
    return source == o.source && input_size == o.input_size && appearance == o.appearance;
  }
  bool operator!=(const FeatureOptions& o) const { return !(*this == o); }
};

// Cells a side cut off every VGG16 map: the convolutions' zero padding shows there. `pixels` has no such
// border.
inline constexpr int kBorderCells = 2;

// The layers of PictureFeatures::appearance, deepest first, and their channels.
inline constexpr std::array<const char*, 3> kAppearanceLayers = {"conv4_3", "conv3_3", "conv2_2"};
inline constexpr std::array<int, 3> kAppearanceChannels = {512, 256, 128};

// The shape of one layer's standardised map, the border already cut off.
struct LayerShape {
  std::string layer;
  int channels = 0;
  int height = 0;
  int width = 0;
};

// The layers that `options` give, deepest first.
std::vector<LayerShape> StandardisedShapes(const FeatureOptions& options);

}  // namespace mlfsc

#endif  // MLFSC_CORE_FEATURES_FEATURE_OPTIONS_H_
