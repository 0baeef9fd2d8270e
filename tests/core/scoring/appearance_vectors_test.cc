#include "core/scoring/appearance_vectors.h"

#include <limits>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

FeatureOptions Options(int input_size) {
  FeatureOptions options;
  options.input_size = input_size;
  options.appearance = true;
  return options;
}

std::vector<FeatureMap> RandomMaps(int side) {
  std::mt19937 random(side);
  std::normal_distribution<float> normal;
  std::vector<FeatureMap> maps;
  for (size_t layer = 0; layer < kAppearanceLayers.size(); ++layer) {
    FeatureMap map{kAppearanceLayers[layer], kAppearanceChannels[layer], side, side, {}};
    for (size_t i = 0; i < map.channels * map.plane_size(); ++i) map.values.push_back(normal(random));
    maps.push_back(std::move(map));
  }
  return maps;
}

TEST(AppearanceVectorsTest, ACellIsItsLayersValuesBehindTheBorder) {
  const std::vector<FeatureMap> maps = RandomMaps(12);
  const absl::StatusOr<AppearanceVectors> vectors = MakeAppearanceVectors(Options(96), maps);
  ASSERT_THAT(vectors, IsOk());
  const PatchVectors& cells = vectors->cells;
  EXPECT_THAT(cells.layers, ElementsAre("conv3_3", "conv2_2"));
  EXPECT_THAT(cells.layer_channels, ElementsAre(256, 128));
  ASSERT_EQ(cells.grid.rows, 8);
  ASSERT_EQ(cells.grid.columns, 8);
  for (int channel = 0; channel < 384; ++channel) {
    const FeatureMap& map = maps[channel < 256 ? 1 : 2];
    for (int y = 0; y < 8; ++y) {
      for (int x = 0; x < 8; ++x) {
        const float expected = map.plane(channel < 256 ? channel : channel - 256)[(y + 2) * 12 + x + 2];
        ASSERT_EQ(cells.row(channel)[y * 8 + x], expected) << channel << ", " << y << ", " << x;
      }
    }
  }
}

TEST(AppearanceVectorsTest, AWindowIsTheMeanOfItsFourCellsInAllLayers) {
  const std::vector<FeatureMap> maps = RandomMaps(12);
  const AppearanceVectors vectors = *MakeAppearanceVectors(Options(96), maps);
  const PatchVectors& windows = vectors.windows;
  EXPECT_THAT(windows.layers, ElementsAre("conv4_3", "conv3_3", "conv2_2"));
  EXPECT_THAT(windows.layer_channels, ElementsAre(512, 256, 128));
  ASSERT_EQ(windows.grid.rows, 4);
  ASSERT_EQ(windows.grid.columns, 4);
  int row = 0;
  for (const FeatureMap& map : maps) {
    for (int channel = 0; channel < map.channels; ++channel, ++row) {
      for (int y = 0; y < 4; ++y) {
        for (int x = 0; x < 4; ++x) {
          double sum = 0;
          for (int v = 0; v < 2; ++v) {
            for (int u = 0; u < 2; ++u) sum += map.plane(channel)[(2 * y + v + 2) * 12 + 2 * x + u + 2];
          }
          // Three additions of float32.
          ASSERT_NEAR(windows.row(row)[y * 4 + x], sum / 4, 1e-6) << row << ", " << y << ", " << x;
        }
      }
    }
  }
}

TEST(AppearanceVectorsTest, TheGridFollowsTheInputSize) {
  for (const int size : {64, 256, 512}) {
    const AppearanceVectors shape = AppearanceShape(Options(size));
    EXPECT_EQ(shape.cells.grid.rows, size / 8 - 4);
    EXPECT_EQ(shape.windows.grid.rows, (size / 8 - 4) / 2);
    EXPECT_EQ(shape.cells.values.size(), 384u * (size / 8 - 4) * (size / 8 - 4));
    EXPECT_EQ(shape.windows.values.size(), 896u * (size / 16 - 2) * (size / 16 - 2));
  }
}

TEST(AppearanceVectorsTest, MissingLayersAreRefused) {
  EXPECT_THAT(MakeAppearanceVectors(Options(96), {}),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("have 0 appearance layers, not 3")));
}

TEST(AppearanceVectorsTest, ALayerOfAnotherShapeIsRefused) {
  EXPECT_THAT(MakeAppearanceVectors(Options(128), RandomMaps(12)),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("conv4_3 is 512x12x12")));
  std::vector<FeatureMap> swapped = RandomMaps(12);
  std::swap(swapped[1], swapped[2]);
  EXPECT_THAT(MakeAppearanceVectors(Options(96), swapped),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("it should be conv3_3, 256x12x12")));
}

TEST(AppearanceVectorsTest, AValueThatIsNotFiniteIsRefused) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    std::vector<FeatureMap> maps = RandomMaps(12);
    maps[1].plane(7)[5 * 12 + 5] = bad;
    EXPECT_THAT(MakeAppearanceVectors(Options(96), maps),
                StatusIs(absl::StatusCode::kInternal, HasSubstr("channel 7 of appearance layer conv3_3")));
  }
}

}  // namespace
}  // namespace mlfsc
