#include "core/features/feature_options.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_format.h"

namespace mlfsc {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Shapes(FeatureSource source, int input_size) {
  FeatureOptions options;
  options.source = source;
  options.input_size = input_size;
  std::vector<std::string> shapes;
  for (const LayerShape& shape : StandardisedShapes(options)) {
    shapes.push_back(absl::StrFormat("%s %dx%dx%d", shape.layer, shape.channels, shape.height, shape.width));
  }
  return shapes;
}

TEST(StandardisedShapesTest, AllLayersOfAPyramidLieOnOneGrid) {
  EXPECT_THAT(Shapes(FeatureSource::kPyramid, 256),
              ElementsAre("conv4_3 512x28x28", "conv3_3 256x28x28", "conv2_2 128x28x28"));
  EXPECT_THAT(Shapes(FeatureSource::kPyramid, 512),
              ElementsAre("conv4_3 512x60x60", "conv3_3 256x60x60", "conv2_2 128x60x60"));
}

TEST(StandardisedShapesTest, EachLayerOfASinglePassHasItsOwnResolution) {
  EXPECT_THAT(Shapes(FeatureSource::kSinglePass, 256),
              ElementsAre("conv4_3 512x28x28", "conv3_3 256x60x60", "conv2_2 128x124x124"));
}

TEST(StandardisedShapesTest, PixelsAreOneChannelWithoutABorder) {
  EXPECT_THAT(Shapes(FeatureSource::kPixels, 256), ElementsAre("pixels 1x256x256"));
}

}  // namespace
}  // namespace mlfsc
