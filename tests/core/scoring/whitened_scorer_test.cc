#include "core/scoring/whitened_scorer.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testing/golden.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::StatusIs;
using ::testing::HasSubstr;

constexpr char kNames[][8] = {"conv4_3", "conv3_3", "conv2_2"};

ResidualMaps RandomResiduals(const std::vector<int>& layer_channels, PatchGrid grid, std::mt19937* random) {
  ResidualMaps maps;
  std::gamma_distribution<float> gamma(2, 10);
  for (size_t layer = 0; layer < layer_channels.size(); ++layer) {
    ResidualMap map{kNames[layer], layer_channels[layer], grid, {}};
    for (int i = 0; i < map.channels * grid.count(); ++i) map.values.push_back(gamma(*random));
    maps.push_back(std::move(map));
  }
  return maps;
}

WhiteningStatistics StatisticsOfRandomPictures(const std::vector<int>& layer_channels, int pictures,
                                               std::mt19937* random) {
  WhiteningAccumulator accumulator;
  for (int i = 0; i < pictures; ++i) {
    accumulator.Add(MakeLogResiduals(RandomResiduals(layer_channels, {5, 7}, random)));
  }
  return *accumulator.Statistics();
}

std::unique_ptr<WhitenedScorer> MakeOrDie(const WhiteningStatistics& statistics, int top_patches) {
  absl::StatusOr<std::unique_ptr<WhitenedScorer>> scorer = WhitenedScorer::Make(statistics, top_patches);
  EXPECT_THAT(scorer, IsOk());
  return *std::move(scorer);
}

// z^T M^-1 z for the channels [first, first + size), by Gauss elimination.
double NaiveDistance(const WhiteningStatistics& statistics, const std::vector<double>& z, int first,
                     int size) {
  const int channels = static_cast<int>(statistics.mean.size());
  std::vector<std::vector<double>> m(size, std::vector<double>(size + 1));
  for (int i = 0; i < size; ++i) {
    for (int j = 0; j < size; ++j) m[i][j] = statistics.correlation[(first + i) * channels + first + j];
    m[i][size] = z[first + i];
  }
  for (int i = 0; i < size; ++i) {
    for (int k = i + 1; k < size; ++k) {
      const double factor = m[k][i] / m[i][i];
      for (int j = i; j <= size; ++j) m[k][j] -= factor * m[i][j];
    }
  }
  double distance = 0;
  std::vector<double> x(size);
  for (int i = size - 1; i >= 0; --i) {
    x[i] = m[i][size];
    for (int j = i + 1; j < size; ++j) x[i] -= m[i][j] * x[j];
    x[i] /= m[i][i];
    distance += x[i] * z[first + i];
  }
  return distance;
}

double MeanOfLargest(std::vector<double> values, int count) {
  std::sort(values.begin(), values.end(), std::greater<double>());
  double sum = 0;
  for (int i = 0; i < count; ++i) sum += values[i];
  return sum / count;
}

TEST(WhitenedScorerTest, DistancesAreTheGoldenOnes) {
  const SafetensorsFile golden = testing::ReadGolden("scoring.safetensors");
  const WhiteningStatistics statistics = {{16},
                                          testing::GoldenFloats(golden, "whitening.mean"),
                                          testing::GoldenFloats(golden, "whitening.std"),
                                          testing::GoldenFloats(golden, "whitening.correlation")};
  const std::vector<float> query = testing::GoldenFloats(golden, "whitening.query");
  const std::vector<float> expected = testing::GoldenFloats(golden, "whitening.distance");
  LogResiduals picture{{5, 10}, {"conv4_3"}, {16}, {}};
  for (int channel = 0; channel < 16; ++channel) {
    for (int i = 0; i < 50; ++i) picture.values.push_back(query[i * 16 + channel]);
  }
  const PictureScore score = MakeOrDie(statistics, 20)->Score(picture, nullptr);
  // e and the mean (below 8) are rounded to float32, 2.4e-7 each, which the deviation of 0.4 and the smallest
  // eigenvalue of 0.1 make 1.2e-6 / sqrt(0.1) in each of 16 whitened values of about 1: relative to the
  // squared norm, 2 * 4e-6.
  ASSERT_EQ(score.map.values.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(score.map.values[i] / expected[i], 1, 8e-6) << i;
  const std::vector<double> distances(expected.begin(), expected.end());
  EXPECT_NEAR(score.raw / MeanOfLargest(distances, 20), 1, 8e-6);
}

TEST(WhitenedScorerTest, PictureLayersAndChannelsAreThoseOfTheNaiveLoops) {
  std::mt19937 random(1);
  for (const std::vector<int>& layers : {std::vector<int>{1}, {6}, {5, 3}, {9, 4, 2}}) {
    const WhiteningStatistics statistics = StatisticsOfRandomPictures(layers, 4, &random);
    const ResidualMaps residuals = RandomResiduals(layers, {5, 7}, &random);
    const int top = 6;
    const PictureScore score = MakeOrDie(statistics, top)->Score(residuals, nullptr);

    // Values of 35 patches by all channels.
    const int channels = static_cast<int>(statistics.mean.size());
    std::vector<std::vector<double>> z(35);
    for (int i = 0; i < 35; ++i) {
      for (const ResidualMap& map : residuals) {
        for (int channel = 0; channel < map.channels; ++channel) {
          const size_t c = z[i].size();
          z[i].push_back((std::log1p(map.plane(channel)[i]) - statistics.mean[c]) / statistics.deviation[c]);
        }
      }
    }
    // Rounding to float32 of e (below 8), of z and of some 17 products and sums, through a matrix whose
    // condition is below 17 / 0.1: about 20 * 6e-8 * sqrt(170).
    const double tolerance = 2e-5;
    std::vector<double> distances;
    for (int i = 0; i < 35; ++i) {
      distances.push_back(NaiveDistance(statistics, z[i], 0, channels));
      EXPECT_NEAR(score.map.values[i] / distances.back(), 1, tolerance);
    }
    EXPECT_NEAR(score.raw / MeanOfLargest(distances, top), 1, tolerance);

    std::vector<int> order(35);
    for (int i = 0; i < 35; ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](int a, int b) { return distances[a] > distances[b]; });
    ASSERT_EQ(score.layers.size(), layers.size());
    int first = 0;
    for (size_t layer = 0; layer < layers.size(); ++layer) {
      EXPECT_EQ(score.layers[layer].layer, kNames[layer]);
      std::vector<double> own;
      for (int i = 0; i < 35; ++i) own.push_back(NaiveDistance(statistics, z[i], first, layers[layer]));
      EXPECT_NEAR(score.layers[layer].score / MeanOfLargest(own, top), 1, tolerance);
      ASSERT_EQ(static_cast<int>(score.layers[layer].channels.size()), layers[layer]);
      for (int channel = 0; channel < layers[layer]; ++channel) {
        double mean = 0;
        for (int i = 0; i < top; ++i) mean += std::pow(z[order[i]][first + channel], 2) / top;
        EXPECT_NEAR(score.layers[layer].channels[channel], mean, tolerance * (1 + mean));
      }
      first += layers[layer];
    }
  }
}

TEST(WhitenedScorerTest, AChannelWithoutDeviationContributesNothing) {
  const WhiteningStatistics statistics = {{2}, {1, 5}, {0.5f, 0}, {1, 0, 0, 1}};
  LogResiduals picture{{1, 1}, {"conv4_3"}, {2}, {2, 80}};
  const PictureScore score = MakeOrDie(statistics, 20)->Score(picture, nullptr);
  EXPECT_EQ(score.raw, 4);
  EXPECT_THAT(score.layers[0].channels, ::testing::ElementsAre(4, 0));
}

TEST(WhitenedScorerTest, FewerPatchesThanTheTopCountAreAllTaken) {
  const WhiteningStatistics statistics = {{1}, {0}, {1}, {1}};
  LogResiduals picture{{1, 2}, {"pixels"}, {1}, {1, 3}};
  EXPECT_EQ(MakeOrDie(statistics, 20)->Score(picture, nullptr).raw, 5);
}

TEST(WhitenedScorerTest, GoodPicturesLieNearTheNumberOfChannels) {
  // The mean of the squared distance of what the statistics were taken of is trace(S (0.9 S + 0.1 I)^-1),
  // which is C when S is the identity and below C / 0.9 always.
  std::mt19937 random(2);
  const WhiteningStatistics statistics = StatisticsOfRandomPictures({20, 10}, 200, &random);
  const PictureScore score =
      MakeOrDie(statistics, 35)->Score(RandomResiduals({20, 10}, {5, 7}, &random), nullptr);
  EXPECT_NEAR(score.raw, 30, 6);
}

TEST(WhitenedScorerTest, OneGoodPictureAlreadyGivesAMatrixThatCanBeInverted) {
  std::mt19937 random(3);
  // 60 channels from 35 positions: S itself is singular.
  const WhiteningStatistics statistics = StatisticsOfRandomPictures({40, 20}, 1, &random);
  const PictureScore score =
      MakeOrDie(statistics, 6)->Score(RandomResiduals({40, 20}, {5, 7}, &random), nullptr);
  EXPECT_TRUE(std::isfinite(score.raw));
  EXPECT_GT(score.raw, 0);
}

TEST(WhitenedScorerTest, ScoresAreFiniteForTheLargestResiduals) {
  const float largest = std::numeric_limits<float>::max();
  WhiteningStatistics statistics = {{100}, std::vector<float>(100), std::vector<float>(100, 1e-9f), {}};
  statistics.correlation.resize(100 * 100);
  for (int i = 0; i < 100; ++i) statistics.correlation[i * 101] = 1;
  const ResidualMaps residuals = {{"conv4_3", 100, {1, 1}, std::vector<float>(100, largest)}};
  EXPECT_TRUE(std::isfinite(MakeOrDie(statistics, 1)->Score(residuals, nullptr).raw));
}

TEST(WhitenedScorerTest, BothKindsOfResidualsScoreAlike) {
  std::mt19937 random(4);
  const auto scorer = MakeOrDie(StatisticsOfRandomPictures({5, 3}, 4, &random), 6);
  const ResidualMaps residuals = RandomResiduals({5, 3}, {5, 7}, &random);
  EXPECT_EQ(scorer->Score(residuals, nullptr).map.values,
            scorer->Score(MakeLogResiduals(residuals), nullptr).map.values);
}

// More patches than a block holds, and than the pool has threads.
TEST(WhitenedScorerTest, TheNumberOfThreadsChangesNothing) {
  std::mt19937 random(9);
  const auto scorer = MakeOrDie(StatisticsOfRandomPictures({9, 5, 3}, 4, &random), 20);
  const ResidualMaps residuals = RandomResiduals({9, 5, 3}, {13, 17}, &random);
  ThreadPool pool(3);
  const PictureScore alone = scorer->Score(residuals, nullptr);
  const PictureScore together = scorer->Score(residuals, &pool);
  EXPECT_EQ(together.raw, alone.raw);
  EXPECT_EQ(together.map.values, alone.map.values);
  for (size_t layer = 0; layer < 3; ++layer) {
    EXPECT_EQ(together.layers[layer].score, alone.layers[layer].score);
    EXPECT_EQ(together.layers[layer].channels, alone.layers[layer].channels);
  }
}

class WhitenedScorerRefusalTest : public ::testing::Test {
 protected:
  void ExpectRefused(const std::string& message) {
    EXPECT_THAT(WhitenedScorer::Make(statistics_, 20),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(message)));
  }
  WhiteningStatistics statistics_ = {{1, 1}, {1, 2}, {1, 1}, {1, 0.5f, 0.5f, 1}};
};

TEST_F(WhitenedScorerRefusalTest, ShapesThatDisagree) {
  const WhiteningStatistics good = statistics_;
  statistics_.layer_channels = {3};
  ExpectRefused("3 channels has 2 means, 2 deviations and 4 correlations");
  statistics_ = good;
  statistics_.mean.pop_back();
  ExpectRefused("2 channels has 1 means, 2 deviations and 4 correlations");
  statistics_ = good;
  statistics_.deviation.pop_back();
  ExpectRefused("2 channels has 2 means, 1 deviations and 4 correlations");
  statistics_ = good;
  statistics_.correlation.pop_back();
  ExpectRefused("2 channels has 2 means, 2 deviations and 3 correlations");
}

TEST_F(WhitenedScorerRefusalTest, AMeanThatIsNotFinite) {
  statistics_.mean[1] = std::nanf("");
  ExpectRefused("not finite");
}

TEST_F(WhitenedScorerRefusalTest, ACorrelationThatIsNotFinite) {
  statistics_.correlation[2] = std::numeric_limits<float>::infinity();
  ExpectRefused("not finite");
}

TEST_F(WhitenedScorerRefusalTest, ADeviationThatCannotBeDividedBy) {
  for (const float deviation : {-1.0f, 1e-30f, std::nanf(""), std::numeric_limits<float>::infinity()}) {
    statistics_.deviation[0] = deviation;
    ExpectRefused("deviation");
  }
}

TEST_F(WhitenedScorerRefusalTest, AMatrixThatIsNotPositiveDefinite) {
  statistics_.correlation = {1, 2, 2, 1};
  ExpectRefused("2 channels is not positive definite");
}

TEST(WhitenedScorerTest, APictureWithoutPatchesScoresZero) {
  std::mt19937 random(31);
  const WhiteningStatistics statistics = StatisticsOfRandomPictures({3, 2}, 4, &random);
  const PictureScore score =
      MakeOrDie(statistics, 5)->Score(RandomResiduals({3, 2}, {0, 0}, &random), nullptr);
  EXPECT_EQ(score.raw, 0);
  ASSERT_EQ(score.layers.size(), 2);
  for (const LayerScore& layer : score.layers) {
    EXPECT_EQ(layer.score, 0);
    EXPECT_THAT(layer.channels, ::testing::Each(0.0));
  }
  EXPECT_TRUE(score.map.values.empty());
}

TEST(WhitenedScorerTest, MoreTopPatchesThanThereAreTakeAll) {
  std::mt19937 random(32);
  const WhiteningStatistics statistics = StatisticsOfRandomPictures({3, 2}, 4, &random);
  const ResidualMaps residuals = RandomResiduals({3, 2}, {5, 7}, &random);
  const PictureScore all = MakeOrDie(statistics, 35)->Score(residuals, nullptr);
  const PictureScore more = MakeOrDie(statistics, 1000)->Score(residuals, nullptr);
  EXPECT_EQ(more.raw, all.raw);
  for (size_t layer = 0; layer < 2; ++layer) {
    EXPECT_EQ(more.layers[layer].score, all.layers[layer].score);
    EXPECT_EQ(more.layers[layer].channels, all.layers[layer].channels);
  }
}

TEST(WhitenedScorerTest, OfEquallyDistantPatchesTheFirstAreTheTop) {
  WhiteningStatistics statistics;
  statistics.layer_channels = {2};
  statistics.mean = {0, 0};
  statistics.deviation = {1, 1};
  statistics.correlation = {1, 0, 0, 1};
  // Squared distances 4, 4, 4, 4, 4 and 9: the last of the equals is left out.
  LogResiduals residuals;
  residuals.layers = {"layer"};
  residuals.layer_channels = {2};
  residuals.grid = {1, 6};
  residuals.values = {2, 2, 2, 2, 0, 0, 0, 0, 0, 0, 2, 3};
  const PictureScore score = MakeOrDie(statistics, 5)->Score(residuals, nullptr);
  EXPECT_DOUBLE_EQ(score.raw, (9 + 4 * 4) / 5.0);
  EXPECT_DOUBLE_EQ(score.layers[0].channels[0], 4 * 4 / 5.0);
  EXPECT_DOUBLE_EQ(score.layers[0].channels[1], 9 / 5.0);
}

}  // namespace
}  // namespace mlfsc
