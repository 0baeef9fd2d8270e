#include "core/scoring/sum_scorer.h"

#include <algorithm>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testing/golden.h"

namespace mlfsc {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;

TEST(SumScorerTest, ScoresAreTheGoldenOnes) {
  const SafetensorsFile golden = testing::ReadGolden("scoring.safetensors");
  for (const std::string picture : {"good", "defect"}) {
    for (const std::string coder : {"lasso", "omp"}) {
      const std::string prefix = picture + "." + coder + ".";
      const ResidualMaps residuals = {
          {"conv4_3", 16, {11, 11}, testing::GoldenFloats(golden, prefix + "errors")}};
      const PictureScore score = SumScorer(5).Score(residuals, nullptr);
      const std::vector<float> channels = testing::GoldenFloats(golden, prefix + "channel_scores");
      ASSERT_EQ(score.layers.size(), 1);
      ASSERT_EQ(score.layers[0].channels.size(), channels.size());
      // Residuals and golden sums are each rounded to float32: half a unit in the last place twice.
      for (size_t i = 0; i < channels.size(); ++i) {
        EXPECT_NEAR(score.layers[0].channels[i] / channels[i], 1, 2 * 6e-8) << prefix << i;
      }
      EXPECT_NEAR(score.raw / testing::GoldenFloats(golden, prefix + "score")[0], 1, 2 * 6e-8) << prefix;
    }
  }
}

TEST(SumScorerTest, AddsUpTheLargestResidualsOfEachChannel) {
  const ResidualMaps residuals = {{"deep", 2, {1, 3}, {1, 5, 3, 2, 2, 2}}, {"shallow", 1, {1, 3}, {0, 0, 7}}};
  const PictureScore score = SumScorer(2).Score(residuals, nullptr);
  ASSERT_EQ(score.layers.size(), 2);
  EXPECT_EQ(score.layers[0].layer, "deep");
  EXPECT_THAT(score.layers[0].channels, ElementsAre(8, 4));
  EXPECT_EQ(score.layers[0].score, 12);
  EXPECT_EQ(score.layers[1].layer, "shallow");
  EXPECT_THAT(score.layers[1].channels, ElementsAre(7));
  EXPECT_EQ(score.raw, 19);
}

TEST(SumScorerTest, AChannelWithFewerPatchesAddsAllOfThem) {
  EXPECT_EQ(SumScorer(5).Score({{"deep", 1, {1, 2}, {1, 2}}}, nullptr).raw, 3);
}

TEST(SumScorerTest, TheMapIsTheSumOverChannels) {
  const PictureScore score = SumScorer(1).Score({{"deep", 2, {2, 2}, {1, 2, 3, 4, 10, 20, 30, 40}}}, nullptr);
  EXPECT_EQ(score.map.grid.rows, 2);
  EXPECT_EQ(score.map.grid.columns, 2);
  EXPECT_THAT(score.map.values, ElementsAre(11, 22, 33, 44));
  EXPECT_EQ(score.map.Max(), 44);
}

TEST(SumScorerTest, FinerLayersAreAveragedOntoTheMapOfTheCoarsest) {
  const ResidualMaps residuals = {{"deep", 1, {1, 2}, {100, 200}},
                                  {"shallow", 1, {2, 4}, {1, 3, 10, 30, 5, 7, 50, 70}}};
  const PictureScore score = SumScorer(1).Score(residuals, nullptr);
  EXPECT_THAT(score.map.values, ElementsAre(DoubleNear(104, 1e-4), DoubleNear(240, 1e-4)));
  // The score itself is taken on the layer's own patches.
  EXPECT_EQ(score.layers[1].score, 70);
}

TEST(SumScorerTest, IsTheNaiveSumOverRandomShapes) {
  std::mt19937 random(3);
  std::gamma_distribution<float> gamma(2, 10);
  for (const int top : {1, 5, 20}) {
    for (const int channels : {1, 7}) {
      for (const PatchGrid grid : {PatchGrid{1, 1}, PatchGrid{3, 5}, PatchGrid{11, 11}}) {
        ResidualMap map{"layer", channels, grid, std::vector<float>(channels * grid.count())};
        std::generate(map.values.begin(), map.values.end(), [&] { return gamma(random); });
        double expected = 0;
        for (int channel = 0; channel < channels; ++channel) {
          std::vector<double> plane(map.plane(channel), map.plane(channel) + grid.count());
          std::sort(plane.begin(), plane.end(), std::greater<double>());
          for (int i = 0; i < std::min(top, grid.count()); ++i) expected += plane[i];
        }
        // Sums in float64 of the same float32 values, in another order.
        EXPECT_NEAR(SumScorer(top).Score({map}, nullptr).raw / expected, 1, 1e-13);
      }
    }
  }
}

TEST(SumScorerTest, NoLayersScoreNothing) {
  const PictureScore score = SumScorer(5).Score({}, nullptr);
  EXPECT_EQ(score.raw, 0);
  EXPECT_EQ(score.map.Max(), 0);
}

}  // namespace
}  // namespace mlfsc
