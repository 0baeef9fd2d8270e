#include "core/scoring/area_average.h"

#include <algorithm>
#include <numeric>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlfsc {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::FloatNear;

std::vector<float> Apply(const PatchGrid& from, const PatchGrid& to, const std::vector<float>& values) {
  std::vector<float> result(to.count());
  AreaAverage(from, to).Apply(values.data(), result.data());
  return result;
}

TEST(AreaAverageTest, TheSameGridIsLeftAsItIs) {
  EXPECT_THAT(Apply({2, 2}, {2, 2}, {1, 2, 3, 4}), ElementsAre(1, 2, 3, 4));
}

TEST(AreaAverageTest, APatchAcrossTwoCellsCountsInBothByItsShare) {
  // Cells of 1.5 patches.
  EXPECT_THAT(Apply({1, 3}, {1, 2}, {3, 6, 12}), ElementsAre(FloatNear(4, 1e-6), FloatNear(10, 1e-6)));
  EXPECT_THAT(Apply({3, 1}, {2, 1}, {3, 6, 12}), ElementsAre(FloatNear(4, 1e-6), FloatNear(10, 1e-6)));
}

TEST(AreaAverageTest, AConstantMapStaysConstant) {
  EXPECT_THAT(Apply({59, 59}, {11, 11}, std::vector<float>(59 * 59, 2.5f)), Each(FloatNear(2.5f, 1e-5)));
}

// Shares of area, measured by cutting every patch into 11 x 11 pieces: each lies in one coarse cell.
std::vector<float> NaiveAverage(const PatchGrid& from, const PatchGrid& to,
                                const std::vector<float>& values) {
  std::vector<double> sums(to.count());
  for (int y = 0; y < from.rows * to.rows; ++y) {
    for (int x = 0; x < from.columns * to.columns; ++x) {
      sums[y / from.rows * to.columns + x / from.columns] +=
          values[y / to.rows * from.columns + x / to.columns];
    }
  }
  std::vector<float> result;
  for (const double sum : sums) result.push_back(static_cast<float>(sum / from.count()));
  return result;
}

TEST(AreaAverageTest, IsTheNaiveAverageOverPiecesOfPatches) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> uniform(0, 1);
  const PatchGrid grids[][2] = {
      {{59, 59}, {11, 11}}, {{27, 27}, {11, 11}}, {{7, 12}, {3, 5}}, {{5, 5}, {1, 1}}, {{1, 1}, {1, 1}}};
  for (const auto& [from, to] : grids) {
    std::vector<float> values(from.count());
    std::generate(values.begin(), values.end(), [&] { return uniform(random); });
    // Values and sums below 1, at most 20 float32 additions each way: 40 half units in the last place.
    EXPECT_THAT(Apply(from, to, values),
                ::testing::Pointwise(FloatNear(40 * 6e-8), NaiveAverage(from, to, values)));
  }
}

TEST(AreaAverageTest, EveryPatchHasTheSameSay) {
  const PatchGrid from{27, 27};
  const PatchGrid to{11, 11};
  for (int i = 0; i < from.count(); i += 7) {
    std::vector<float> one(from.count());
    one[i] = 1;
    const std::vector<float> result = Apply(from, to, one);
    EXPECT_NEAR(std::accumulate(result.begin(), result.end(), 0.0), 121.0 / 729, 1e-6);
  }
}

TEST(CoarsestGridTest, IsTheOneWithTheFewestPatches) {
  ResidualMaps maps(3);
  maps[0].grid = {11, 11};
  maps[1].grid = {27, 27};
  maps[2].grid = {59, 59};
  EXPECT_EQ(CoarsestGrid(maps).count(), 121);
  EXPECT_EQ(CoarsestGrid({}).count(), 0);
}

}  // namespace
}  // namespace mlfsc
