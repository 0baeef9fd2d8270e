#include "core/scoring/fused_scorer.h"

#include <algorithm>
#include <cmath>
#include <functional>
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
using ::testing::HasSubstr;

FusionScales Scales() { return {{1, 0.5F}, {2, 0.25F}, {3, 2}}; }

double Log(double raw) { return std::log(raw) / kLogUnit; }

TEST(FusionTest, TheAppearanceIsTheMeanOfItsTwoMeasuresInDeviations) {
  const FusedScore score = Fuse({std::exp(1.0), std::exp(2.5), std::exp(7.0)}, Scales());
  ASSERT_EQ(score.views.size(), 2u);
  EXPECT_EQ(score.views[0].view, "appearance");
  EXPECT_NEAR(score.views[0].deviations, (2 + 2) / 2.0, 1e-12);
  EXPECT_EQ(score.views[1].view, "residual");
  EXPECT_NEAR(score.views[1].deviations, 0, 1e-12);
  EXPECT_NEAR(Log(score.raw), 2, 1e-12);
}

TEST(FusionTest, TheResidualViewAddsATenthOfItsDeviations) {
  const FusedScore score = Fuse({std::exp(3.0), std::exp(2.0), std::exp(3.0)}, Scales());
  EXPECT_NEAR(score.views[1].deviations, 4, 1e-12);
  EXPECT_NEAR(Log(score.raw), 0.4, 1e-12);
}

TEST(FusionTest, TheResidualViewNeverSubtracts) {
  const FusedScore score = Fuse({std::exp(-4.0), std::exp(2.0), std::exp(3.0)}, Scales());
  EXPECT_NEAR(score.views[1].deviations, -10, 1e-12);
  EXPECT_NEAR(Log(score.raw), 0, 1e-12);
}

TEST(FusionTest, NoMeasureMakesTheScoreInfiniteOrZero) {
  const FusionScales narrow = {{0, 0.01F}, {0, 0.01F}, {0, 0.01F}};
  for (const double measure : {0.0, 1e-300, 1.0, 1e300}) {
    const double raw = Fuse({measure, measure, measure}, narrow).raw;
    EXPECT_TRUE(std::isfinite(raw)) << measure;
    EXPECT_GT(raw, 0) << measure;
  }
}

// One layer of residuals, two of appearance on a grid of `side` cells.
struct Picture {
  ResidualMaps residuals;
  AppearanceVectors appearance;
};

Picture RandomPicture(int side, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> positive(0.1F, 4);
  const auto fill = [&](size_t count) {
    std::vector<float> values(count);
    for (float& value : values) value = positive(random);
    return values;
  };
  Picture picture;
  picture.residuals = {{"deep", 3, {2, 2}, fill(12)}};
  const PatchGrid windows{side / 2, side / 2};
  picture.appearance.cells = {{side, side}, {"middle", "fine"}, {2, 1}, fill(size_t{3} * side * side)};
  picture.appearance.windows = {windows, {"deep", "middle", "fine"}, {1, 2, 1}, fill(size_t{4} * windows.count())};
  return picture;
}

WhiteningStatistics Whitening(std::vector<int> layer_channels, int channels) {
  WhiteningStatistics whitening;
  whitening.layer_channels = std::move(layer_channels);
  whitening.mean.assign(channels, 1.5F);
  whitening.deviation.assign(channels, 0.5F);
  whitening.correlation.assign(static_cast<size_t>(channels) * channels, 0.25F);
  for (int i = 0; i < channels; ++i) whitening.correlation[static_cast<size_t>(i) * channels + i] = 1;
  return whitening;
}

AppearanceStatistics Appearance() {
  AppearanceStatistics appearance;
  appearance.detail = Whitening({2, 1}, 3);
  appearance.memory = {4, 2, 2, {1, 0, 0.5F, 0, 0, 1, 0, -0.5F}, {1, 2, 3, 4}};
  appearance.scales = Scales();
  return appearance;
}

std::unique_ptr<FusedScorer> MakeOrDie() {
  absl::StatusOr<std::unique_ptr<FusedScorer>> scorer = FusedScorer::Make(Whitening({3}, 3), Appearance(), 2);
  EXPECT_THAT(scorer, IsOk());
  return *std::move(scorer);
}

double MeanOfLargest(std::vector<double> values, int count) {
  std::sort(values.begin(), values.end(), std::greater<>());
  double sum = 0;
  for (int i = 0; i < count; ++i) sum += values[i];
  return sum / count;
}

// 28 cells a side: 10 of 784 and 3 of 196 are the largest; 8 cells: 1 of 64 and 1 of 16.
TEST(FusedScorerTest, MeasuresAreMeansOfTheLargestDistances) {
  for (const auto& [side, top_cells, top_windows] : {std::make_tuple(28, 10, 3), std::make_tuple(8, 1, 1),
                                                     std::make_tuple(60, 46, 14)}) {
    const Picture picture = RandomPicture(side, 7);
    const FusedScorer::Measured measured =
        MakeOrDie()->Measure(picture.residuals, picture.appearance, nullptr);
    const auto whitened = *WhitenedScorer::Make(Whitening({3}, 3), 2);
    EXPECT_EQ(measured.measures.residual, whitened->Score(picture.residuals, nullptr).raw);

    const auto detail = *WhitenedScorer::Make(Appearance().detail, 1);
    const std::vector<double> cells = detail->Score(picture.appearance.cells, nullptr).map.values;
    EXPECT_NEAR(measured.measures.detail / MeanOfLargest(cells, top_cells), 1, 1e-12) << side;

    const std::vector<float> distances =
        NearestNeighbours::Make(Appearance().memory)->SquaredDistances(picture.appearance.windows, nullptr);
    const std::vector<double> windows(distances.begin(), distances.end());
    EXPECT_NEAR(measured.measures.memory / MeanOfLargest(windows, top_windows), 1, 1e-12) << side;
  }
}

TEST(FusedScorerTest, TheMapIsTheLogarithmOfBothDistancesGeometricMeanWindowsInterpolated) {
  const int side = 8;
  const Picture picture = RandomPicture(side, 8);
  const PictureScore score = MakeOrDie()->Score(picture.residuals, picture.appearance, nullptr);
  const std::vector<double> cells =
      (*WhitenedScorer::Make(Appearance().detail, 1))->Score(picture.appearance.cells, nullptr).map.values;
  const std::vector<float> windows =
      NearestNeighbours::Make(Appearance().memory)->SquaredDistances(picture.appearance.windows, nullptr);
  ASSERT_EQ(score.map.grid.rows, side);
  ASSERT_EQ(score.map.grid.columns, side);
  // Of a cell that lies a quarter of a window's side from its window's centre, towards the next window.
  const auto at = [&](int row, int column) {
    return double{windows[std::clamp(row, 0, 3) * 4 + std::clamp(column, 0, 3)]};
  };
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const int other_y = y / 2 + (y % 2 == 0 ? -1 : 1);
      const int other_x = x / 2 + (x % 2 == 0 ? -1 : 1);
      const double interpolated = 0.5625 * at(y / 2, x / 2) + 0.1875 * at(other_y, x / 2) +
                                  0.1875 * at(y / 2, other_x) + 0.0625 * at(other_y, other_x);
      EXPECT_NEAR(score.map.values[y * side + x], std::log1p(std::sqrt(cells[y * side + x] * interpolated)), 1e-6)
          << y << ", " << x;
    }
  }
}

TEST(FusedScorerTest, TheScoreIsTheFusionOfTheMeasures) {
  const Picture picture = RandomPicture(28, 9);
  const auto scorer = MakeOrDie();
  const FusedScorer::Measured measured = scorer->Measure(picture.residuals, picture.appearance, nullptr);
  const FusedScore expected = Fuse(measured.measures, Scales());
  ThreadPool pool(2);
  for (ThreadPool* const threads : {static_cast<ThreadPool*>(nullptr), &pool}) {
    const PictureScore score = scorer->Score(picture.residuals, picture.appearance, threads);
    EXPECT_EQ(score.raw, expected.raw);
    ASSERT_EQ(score.views.size(), 2u);
    EXPECT_EQ(score.views[0].deviations, expected.views[0].deviations);
    ASSERT_EQ(score.layers.size(), 1u);
    EXPECT_EQ(score.layers[0].layer, "deep");
  }
}

TEST(FusedScorerTest, OneStrangeCellIsThePeakOfTheMap) {
  Picture picture = RandomPicture(28, 10);
  for (float& value : picture.appearance.cells.values) value = 1.5F;
  const int y = 17;
  const int x = 5;
  for (int channel = 0; channel < 3; ++channel) picture.appearance.cells.row(channel)[y * 28 + x] = 9;
  const PictureScore score = MakeOrDie()->Score(picture.residuals, picture.appearance, nullptr);
  const auto peak = std::max_element(score.map.values.begin(), score.map.values.end());
  EXPECT_EQ(peak - score.map.values.begin(), y * 28 + x);
}

TEST(FusedScorerTest, StatisticsThatCannotBeUsedAreRefused) {
  AppearanceStatistics appearance = Appearance();
  appearance.scales.memory.spread = 0;
  EXPECT_THAT(FusedScorer::Make(Whitening({3}, 3), appearance, 2),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("memory measure has the middle 3 and the spread 0")));
  appearance = Appearance();
  appearance.scales.residual.middle = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(FusedScorer::Make(Whitening({3}, 3), appearance, 2),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("residual measure")));
  appearance = Appearance();
  appearance.detail.mean.pop_back();
  EXPECT_FALSE(FusedScorer::Make(Whitening({3}, 3), appearance, 2).ok());
  appearance = Appearance();
  appearance.memory.vectors = 5;
  EXPECT_FALSE(FusedScorer::Make(Whitening({3}, 3), appearance, 2).ok());
}

}  // namespace
}  // namespace mlfsc
