#include "core/scoring/log_residuals.h"

#include <cmath>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/scoring/log1p.h"

namespace mlfsc {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::Pointwise;

ResidualMap RandomMap(const std::string& layer, int channels, PatchGrid grid, std::mt19937* random) {
  ResidualMap map{layer, channels, grid, {}};
  std::gamma_distribution<float> gamma(2, 10);
  for (int i = 0; i < channels * grid.count(); ++i) map.values.push_back(gamma(*random));
  return map;
}

TEST(Log1pTest, IsTheLogarithmWithinTwoUnitsInTheLastPlace) {
  // 0 to 41 values: every remainder of a vector's length.
  std::mt19937 random(1);
  std::uniform_real_distribution<float> exponent(-30, 60);
  for (int count = 0; count < 42; ++count) {
    std::vector<float> x(count);
    for (float& value : x) value = std::exp2(exponent(random));
    std::vector<float> result(count);
    Log1p(x, result.data());
    for (int i = 0; i < count; ++i) {
      const double expected = std::log1p(static_cast<double>(x[i]));
      EXPECT_NEAR(result[i] / expected, 1, 2 * 1.2e-7) << x[i];
    }
  }
}

TEST(Log1pTest, OfZeroIsZero) {
  const std::vector<float> x = {0, 0, 0, 0, 0, 0, 0, 0, 0};
  std::vector<float> result(x.size(), 7);
  Log1p(x, result.data());
  EXPECT_THAT(result, ::testing::Each(0));
}

TEST(LogResidualsTest, LayersFollowEachOtherDeepestFirst) {
  const float e = std::exp(1.0f);
  const ResidualMaps maps = {{"deep", 2, {1, 2}, {0, e - 1, e * e - 1, 0}},
                             {"shallow", 1, {1, 2}, {e - 1, 0}}};
  const LogResiduals logs = MakeLogResiduals(maps);
  EXPECT_THAT(logs.layers, ElementsAre("deep", "shallow"));
  EXPECT_THAT(logs.layer_channels, ElementsAre(2, 1));
  EXPECT_EQ(logs.grid.count(), 2);
  EXPECT_THAT(logs.values, Pointwise(FloatNear(1e-6), {0.0f, 1.0f, 2.0f, 0.0f, 1.0f, 0.0f}));
}

TEST(LogResidualsTest, TheLogarithmIsTakenBeforeTheAverageOverArea) {
  const float e = std::exp(1.0f);
  const ResidualMaps maps = {{"deep", 1, {1, 1}, {0}}, {"shallow", 1, {2, 2}, {0, e - 1, e * e - 1, e - 1}}};
  EXPECT_THAT(MakeLogResiduals(maps).values, Pointwise(FloatNear(1e-6), {0.0f, 1.0f}));
}

TEST(LogResidualsTest, FinerLayersComeOntoTheCoarsestGrid) {
  std::mt19937 random(2);
  // More channels than a task has.
  const ResidualMaps maps = {RandomMap("conv4_3", 130, {11, 11}, &random),
                             RandomMap("conv3_3", 70, {22, 22}, &random)};
  const LogResiduals logs = MakeLogResiduals(maps);
  ASSERT_EQ(logs.values.size(), 200 * 121);
  for (int i = 0; i < 130 * 121; ++i) {
    ASSERT_NEAR(logs.values[i] / std::log1p(static_cast<double>(maps[0].values[i])), 1, 2 * 1.2e-7);
  }
  for (int channel = 0; channel < 70; ++channel) {
    const float* plane = maps[1].plane(channel);
    for (int i = 0; i < 11; ++i) {
      for (int j = 0; j < 11; ++j) {
        double sum = 0;
        for (int y = 2 * i; y < 2 * i + 2; ++y) {
          for (int x = 2 * j; x < 2 * j + 2; ++x) sum += std::log1p(static_cast<double>(plane[y * 22 + x]));
        }
        // Two units in the last place of the logarithms and 4 additions.
        EXPECT_NEAR(logs.values[(130 + channel) * 121 + i * 11 + j] / (sum / 4), 1, 6 * 1.2e-7);
      }
    }
  }
}

}  // namespace
}  // namespace mlfsc
