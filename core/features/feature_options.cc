#include "core/features/feature_options.h"

namespace mlfsc {

std::vector<LayerShape> StandardisedShapes(const FeatureOptions& options) {
  // Two-by-two pooling halves the map, so that a tap's cells are 2, 4 or 8 input pixels wide.
  const auto cells = [&options](int pixels_a_cell) {
    return options.input_size / pixels_a_cell - 2 * kBorderCells;
  };
  const auto layer = [](const char* name, int channels, int side) {
    return LayerShape{name, channels, side, side};
  };
  switch (options.source) {
    case FeatureSource::kPyramid:
      return {layer("conv4_3", 512, cells(8)), layer("conv3_3", 256, cells(8)),
              layer("conv2_2", 128, cells(8))};
    case FeatureSource::kSinglePass:
      return {layer("conv4_3", 512, cells(8)), layer("conv3_3", 256, cells(4)),
              layer("conv2_2", 128, cells(2))};
    case FeatureSource::kPixels:
      return {layer("pixels", 1, options.input_size)};
  }
  return {};
}

}  // namespace mlfsc
