#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/features/feature_extractor.h"

namespace mlfsc {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;

TEST(PixelFeaturesTest, GreyIsTheBt601SumOfRedGreenAndBlue) {
  InputPicture input;
  input.size = 2;
  input.rgb = {1, 0, 0, 0.5f,   // red
               0, 1, 0, 0.5f,   // green
               0, 0, 1, 0.5f};  // blue

  const PictureFeatures features = PixelFeatures(input);

  ASSERT_EQ(features.maps.size(), 1u);
  const FeatureMap& map = features.maps[0];
  EXPECT_EQ(map.layer, "pixels");
  EXPECT_EQ(map.channels, 1);
  EXPECT_EQ(map.height, 2);
  EXPECT_EQ(map.width, 2);
  // Three products and two sums of numbers below 1, each rounded by at most 2^-24.
  constexpr float kTolerance = 5.0f / (1 << 24);
  EXPECT_THAT(map.values, ElementsAre(FloatNear(0.299f, kTolerance), FloatNear(0.587f, kTolerance),
                                      FloatNear(0.114f, kTolerance), FloatNear(0.5f, kTolerance)));
}

}  // namespace
}  // namespace mlfsc
