// The appearance view and the fused score against tests/testdata/make_golden_fusion.py, which computes all of
// it anew in float64. Both sides make the maps from integers: multiples of 2^-19 below 8, the same to the
// bit.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/scoring/appearance_vectors.h"
#include "core/scoring/fused_scorer.h"
#include "core/scoring/fusion.h"
#include "core/scoring/log_residuals.h"
#include "core/scoring/memory_bank.h"
#include "core/scoring/whitening.h"
#include "tests/testing/golden.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::GoldenFloats;
using ::mlfsc::testing::IsOk;
using ::testing::FloatNear;
using ::testing::Pointwise;

constexpr int kGoodPictures = 8;
constexpr int kGoodSide = 96;
constexpr int kResidualChannels = 8;
constexpr PatchGrid kResidualGrid = {11, 11};
constexpr int kTopPatches = 20;
constexpr int kDimensions = 128;

struct Query {
  int picture;
  int side;
  std::string name;
};

// Measures are means of 10 and 3 of the largest distances at 256 px, of 3 and 1 at 160 px.
std::vector<Query> Queries() { return {{100, 256, "100."}, {101, 160, "101."}}; }

float Chance(uint32_t picture, uint32_t channel, uint32_t row, uint32_t column) {
  uint32_t h = picture * 0x9E3779B1U + channel * 0x85EBCA77U + row * 0xC2B2AE3DU + column * 0x27D4EB2FU;
  h = (h ^ (h >> 15U)) * 0x2C1B3C6DU;
  h = (h ^ (h >> 12U)) * 0x297A2D39U;
  h ^= h >> 15U;
  return static_cast<float>(h >> 16U) / 65536;
}

bool IsQuery(int picture) { return picture >= 100; }

float AppearanceValue(int picture, int channel, int row, int column, float strength) {
  const float noise =
      Chance(picture, channel, row, column) + Chance(picture, 1000 + channel % 5, row, column);
  float value = strength / static_cast<float>(1 << channel % 4) * std::max(0.0F, noise - 0.5F);
  if (channel == 700) value = 0.75F;
  const bool stained = row >= 5 && row < 7 && column >= 6 && column < 9;
  return IsQuery(picture) && channel % 4 == 1 && stained ? value + 1 : value;
}

AppearanceVectors VectorsOf(int picture, int side) {
  const int cells = side / 8;
  std::vector<FeatureMap> maps;
  int channel = 0;
  float strength = 1;
  for (size_t layer = 0; layer < kAppearanceLayers.size(); ++layer, strength *= 2) {
    FeatureMap map;
    map.layer = kAppearanceLayers[layer];
    map.channels = kAppearanceChannels[layer];
    map.height = map.width = cells;
    for (int i = 0; i < map.channels; ++i, ++channel) {
      for (int row = 0; row < cells; ++row) {
        for (int column = 0; column < cells; ++column) {
          map.values.push_back(AppearanceValue(picture, channel, row, column, strength));
        }
      }
    }
    maps.push_back(std::move(map));
  }
  absl::StatusOr<AppearanceVectors> vectors =
      MakeAppearanceVectors({FeatureSource::kPyramid, side, true}, maps);
  EXPECT_THAT(vectors, IsOk());
  return *std::move(vectors);
}

ResidualMaps ResidualsOf(int picture) {
  ResidualMap map{"conv4_3", kResidualChannels, kResidualGrid, {}};
  for (int channel = 0; channel < map.channels; ++channel) {
    for (int row = 0; row < map.grid.rows; ++row) {
      for (int column = 0; column < map.grid.columns; ++column) {
        const float r =
            16 * (Chance(picture, 2000 + channel, row, column) + Chance(picture, 3000, row, column));
        const bool stained = row >= 2 && row < 5 && column >= 3 && column < 6;
        map.values.push_back(IsQuery(picture) && stained ? 4 * r : r);
      }
    }
  }
  return {map};
}

// Every `step`th vector of `vectors`, [number of them, channels].
std::vector<float> EveryNth(const PatchVectors& vectors, int step) {
  std::vector<float> values;
  const auto channels = static_cast<int>(vectors.values.size()) / vectors.grid.count();
  for (int i = 0; i < vectors.grid.count(); i += step) {
    for (int channel = 0; channel < channels; ++channel) values.push_back(vectors.row(channel)[i]);
  }
  return values;
}

// One element's tolerance: a share of the expected value.
MATCHER_P(RelativelyNear, share, "") {
  return std::abs(std::get<0>(arg) - std::get<1>(arg)) <= share * std::abs(std::get<1>(arg));
}

class FusionGoldenTest : public ::testing::Test {
 protected:
  // Statistics of the good pictures.
  static void SetUpTestSuite() {
    golden_ = new SafetensorsFile(testing::ReadGolden("fusion.safetensors"));
    WhiteningAccumulator cells;
    WhiteningAccumulator residuals;
    for (int picture = 0; picture < kGoodPictures; ++picture) {
      cells.Add(VectorsOf(picture, kGoodSide).cells);
      residuals.Add(MakeLogResiduals(ResidualsOf(picture)));
    }
    residual_ = new WhiteningStatistics(*residuals.Statistics());
    appearance_ = new AppearanceStatistics;
    appearance_->detail = *cells.Statistics(kDetailShrinkage);
    MemoryBank& memory = appearance_->memory;
    memory.channels = 896;
    memory.dimensions = kDimensions;
    for (int dimension = 0; dimension < kDimensions; ++dimension) {
      for (int channel = 0; channel < memory.channels; ++channel) {
        memory.projection.push_back((Chance(7, channel, dimension, 4000) - 0.5F) / 8);
      }
    }
    memory.values = Golden("memory.vectors");
    memory.vectors = static_cast<int>(memory.values.size()) / kDimensions;
    const std::vector<float> scales = Golden("scales");
    appearance_->scales = {{scales[0], scales[1]}, {scales[2], scales[3]}, {scales[4], scales[5]}};
  }

  static void TearDownTestSuite() {
    delete appearance_;
    delete residual_;
    delete golden_;
  }

  static std::vector<float> Golden(const std::string& name) { return GoldenFloats(*golden_, name); }

  static std::unique_ptr<FusedScorer> MakeScorer() {
    absl::StatusOr<std::unique_ptr<FusedScorer>> scorer =
        FusedScorer::Make(*residual_, *appearance_, kTopPatches);
    EXPECT_THAT(scorer, IsOk());
    return *std::move(scorer);
  }

  static SafetensorsFile* golden_;
  static WhiteningStatistics* residual_;
  static AppearanceStatistics* appearance_;
};

SafetensorsFile* FusionGoldenTest::golden_;
WhiteningStatistics* FusionGoldenTest::residual_;
AppearanceStatistics* FusionGoldenTest::appearance_;

TEST_F(FusionGoldenTest, CellsAreTheMapsOfTheLayersThatSeeDetailWithoutTheirBorder) {
  for (const Query& query : Queries()) {
    EXPECT_EQ(EveryNth(VectorsOf(query.picture, query.side).cells, 37),
              Golden(query.name + "cells.every_37th"));
  }
}

TEST_F(FusionGoldenTest, WindowsAreTheMeansOfTwoByTwoCellsOfAllLayers) {
  // Sums of four multiples of 2^-19 below 32: float32 holds them exactly.
  for (const Query& query : Queries()) {
    EXPECT_EQ(EveryNth(VectorsOf(query.picture, query.side).windows, 17),
              Golden(query.name + "windows.every_17th"));
  }
}

// Float64 on both sides, rounded to float32: half a unit in the last place, each.
TEST_F(FusionGoldenTest, StatisticsOfCellsAreTheGoldenOnes) {
  const WhiteningStatistics& detail = appearance_->detail;
  EXPECT_THAT(detail.mean, Pointwise(RelativelyNear(1.2e-7), Golden("detail.mean")));
  EXPECT_THAT(detail.deviation, Pointwise(RelativelyNear(1.2e-7), Golden("detail.deviation")));
  std::vector<float> correlation;
  for (int row = 0; row < 384; row += 24) {
    const auto begin = detail.correlation.begin() + 384L * row;
    correlation.insert(correlation.end(), begin, begin + 384);
  }
  EXPECT_THAT(correlation, Pointwise(FloatNear(1.2e-7), Golden("detail.correlation.every_24th_row")));
}

// The correlation's 384 x 384 values are rounded by up to 2^-25: as a matrix by less than 384 * 3e-8
// = 1.2e-5, which is 6e-4 of its smallest eigenvalue (0.02 or more, by the shrinkage); the distance changes
// by that share.
constexpr double kDetailShare = 6e-4;

TEST_F(FusionGoldenTest, DistancesOfCellsAreTheGoldenOnes) {
  absl::StatusOr<std::unique_ptr<WhitenedScorer>> scorer = WhitenedScorer::Make(appearance_->detail, 1);
  ASSERT_THAT(scorer, IsOk());
  for (const Query& query : Queries()) {
    const PatchMap map = (*scorer)->Distances(VectorsOf(query.picture, query.side).cells, nullptr);
    EXPECT_THAT(map.values, Pointwise(RelativelyNear(kDetailShare), Golden(query.name + "detail")));
  }
}

// A projected value is the sum of 896 products below 6 / 16, rounded at each step: as a random walk of steps
// of 2^-24 of a sum below 16 that is 30 * 16 * 6e-8 = 3e-5. A distance d moves by 2 sqrt(d) times as much,
// 2e-4 of 18; the product's own 128 steps on norms below 64 add 11 * 64 * 6e-8 = 4e-5. Of 4.8, the least:
// 5e-5.
constexpr double kMemoryShare = 5e-5;

TEST_F(FusionGoldenTest, DistancesToTheMemoryAreTheGoldenOnes) {
  absl::StatusOr<NearestNeighbours> memory = NearestNeighbours::Make(appearance_->memory);
  ASSERT_THAT(memory, IsOk());
  for (const Query& query : Queries()) {
    EXPECT_THAT(memory->SquaredDistances(VectorsOf(query.picture, query.side).windows, nullptr),
                Pointwise(RelativelyNear(kMemoryShare), Golden(query.name + "memory")));
  }
}

TEST_F(FusionGoldenTest, MeasuresAreTheMeansOfTheLargestDistances) {
  const std::unique_ptr<FusedScorer> scorer = MakeScorer();
  for (const Query& query : Queries()) {
    const Measures measures =
        scorer->Measure(ResidualsOf(query.picture), VectorsOf(query.picture, query.side), nullptr).measures;
    const std::vector<float> expected = Golden(query.name + "measures");
    // log(1 + r) to 1e-6 and the correlation of 8 channels: 8 * 3e-8 of 0.1.
    EXPECT_NEAR(measures.residual / expected[0], 1, 2e-5);
    EXPECT_NEAR(measures.detail / expected[1], 1, kDetailShare);
    EXPECT_NEAR(measures.memory / expected[2], 1, kMemoryShare);
  }
}

TEST_F(FusionGoldenTest, ThePicturesScoreAndViewsAreTheGoldenOnes) {
  const std::unique_ptr<FusedScorer> scorer = MakeScorer();
  for (const Query& query : Queries()) {
    const PictureScore score =
        scorer->Score(ResidualsOf(query.picture), VectorsOf(query.picture, query.side), nullptr);
    const std::vector<float> views = Golden(query.name + "views");
    // The measures' shares over their spreads: 0.125 (detail), 0.5 (memory), 0.25 (residual).
    const double appearance = (kDetailShare / 0.125 + kMemoryShare / 0.5) / 2;
    ASSERT_EQ(score.views.size(), 2U);
    EXPECT_EQ(score.views[0].view, "appearance");
    EXPECT_NEAR(score.views[0].deviations, views[0], appearance);
    EXPECT_EQ(score.views[1].view, "residual");
    EXPECT_NEAR(score.views[1].deviations, views[1], 2e-5 / 0.25);
    EXPECT_NEAR(std::log(score.raw), Golden(query.name + "log_score")[0], 0.25 * (appearance + 0.1 * 8e-5));
  }
}

TEST_F(FusionGoldenTest, TheMapIsTheLogarithmOfTheGeometricMeanOfACellsDistanceAndTheInterpolatedWindows) {
  const std::unique_ptr<FusedScorer> scorer = MakeScorer();
  for (const Query& query : Queries()) {
    const PatchMap map =
        scorer->Score(ResidualsOf(query.picture), VectorsOf(query.picture, query.side), nullptr).map;
    // A share of g moves ln(1 + g) by as much at most; it is 4 or more.
    EXPECT_EQ(map.grid, AppearanceCells({FeatureSource::kPyramid, query.side, true}));
    EXPECT_THAT(map.values,
                Pointwise(RelativelyNear((kDetailShare + kMemoryShare) / 2 / 4), Golden(query.name + "map")));
  }
}

// Rows of measures [3], scales [3, 2], the score's logarithm and the views: residual views of both signs,
// measures of 0, and logarithms beyond both ends.
TEST_F(FusionGoldenTest, FusionsAreTheGoldenOnes) {
  const std::vector<float> rows = Golden("fusions");
  ASSERT_EQ(rows.size() % 12, 0U);
  for (auto row = rows.begin(); row != rows.end(); row += 12) {
    const FusedScore score =
        Fuse({row[0], row[1], row[2]}, {{row[3], row[4]}, {row[5], row[6]}, {row[7], row[8]}});
    // Inputs are the same float32 values; the results are rounded to it, 690 and 2e4 too.
    EXPECT_NEAR(std::log(score.raw), row[9], 1e-7 * std::max(1.0F, std::abs(row[9])));
    EXPECT_NEAR(score.views[0].deviations, row[10], 1e-7 * std::max(1.0F, std::abs(row[10])));
    EXPECT_NEAR(score.views[1].deviations, row[11], 1e-7 * std::max(1.0F, std::abs(row[11])));
  }
}

}  // namespace
}  // namespace mlfsc
