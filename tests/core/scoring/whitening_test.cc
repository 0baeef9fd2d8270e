#include "core/scoring/whitening.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testing/golden.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::FloatNear;
using ::testing::HasSubstr;
using ::testing::Pointwise;

// Correlated channels of two layers, [channels, patches].
LogResiduals RandomPicture(const std::vector<int>& layer_channels, int patches, std::mt19937* random) {
  LogResiduals picture;
  picture.grid = {1, patches};
  picture.layer_channels = layer_channels;
  picture.layers.resize(layer_channels.size(), "layer");
  std::normal_distribution<float> normal(3, 0.5f);
  std::vector<float> common(patches);
  std::generate(common.begin(), common.end(), [&] { return normal(*random); });
  for (const int channels : layer_channels) {
    for (int channel = 0; channel < channels; ++channel) {
      for (int i = 0; i < patches; ++i) {
        picture.values.push_back(std::abs(normal(*random) + 0.1f * static_cast<float>(channel) * common[i]));
      }
    }
  }
  return picture;
}

WhiteningStatistics StatisticsOf(const std::vector<LogResiduals>& pictures) {
  WhiteningAccumulator accumulator;
  for (const LogResiduals& picture : pictures) accumulator.Add(picture);
  absl::StatusOr<WhiteningStatistics> statistics = accumulator.Statistics();
  EXPECT_THAT(statistics, IsOk());
  return *std::move(statistics);
}

TEST(WhiteningAccumulatorTest, StatisticsAreTheGoldenOnes) {
  const SafetensorsFile golden = testing::ReadGolden("scoring.safetensors");
  const std::vector<float> normal = testing::GoldenFloats(golden, "whitening.normal");
  // 600 positions in 6 pictures of 100.
  std::vector<LogResiduals> pictures(6);
  for (size_t p = 0; p < pictures.size(); ++p) {
    pictures[p].grid = {10, 10};
    pictures[p].layer_channels = {16};
    for (int channel = 0; channel < 16; ++channel) {
      for (int i = 0; i < 100; ++i) pictures[p].values.push_back(normal[(100 * p + i) * 16 + channel]);
    }
  }
  const WhiteningStatistics statistics = StatisticsOf(pictures);
  // Inputs (below 8) and golden values are rounded to float32: 2.4e-7 on each value, 6e-7 of a deviation of
  // 0.4, twice in a product.
  EXPECT_THAT(statistics.mean, Pointwise(FloatNear(1e-6), testing::GoldenFloats(golden, "whitening.mean")));
  EXPECT_THAT(statistics.deviation,
              Pointwise(FloatNear(1e-6), testing::GoldenFloats(golden, "whitening.std")));
  EXPECT_THAT(statistics.correlation,
              Pointwise(FloatNear(2e-6), testing::GoldenFloats(golden, "whitening.correlation")));
}

TEST(WhiteningAccumulatorTest, StatisticsAreThoseOfTheNaiveLoops) {
  std::mt19937 random(1);
  for (const std::vector<int>& layers : {std::vector<int>{1}, {3, 2}, {100, 27}, {128}, {130, 7}}) {
    std::vector<LogResiduals> pictures;
    for (int i = 0; i < 3; ++i) pictures.push_back(RandomPicture(layers, 40, &random));
    const WhiteningStatistics statistics = StatisticsOf(pictures);
    EXPECT_EQ(statistics.layer_channels, layers);

    const size_t channels = pictures[0].values.size() / 40;
    const double n = 3 * 40;
    std::vector<double> mean(channels);
    std::vector<double> deviation(channels);
    for (const LogResiduals& picture : pictures) {
      for (size_t i = 0; i < picture.values.size(); ++i) mean[i / 40] += picture.values[i] / n;
    }
    for (const LogResiduals& picture : pictures) {
      for (size_t i = 0; i < picture.values.size(); ++i) {
        deviation[i / 40] += std::pow(picture.values[i] - mean[i / 40], 2) / n;
      }
    }
    for (double& value : deviation) value = std::sqrt(value);
    // Float64 throughout, then rounded to float32: half a unit in the last place.
    for (size_t a = 0; a < channels; ++a) {
      EXPECT_NEAR(statistics.mean[a] / mean[a], 1, 6.1e-8);
      EXPECT_NEAR(statistics.deviation[a] / deviation[a], 1, 6.1e-8);
      for (size_t b = 0; b < channels; ++b) {
        double correlation = 0;
        for (const LogResiduals& picture : pictures) {
          for (int i = 0; i < 40; ++i) {
            correlation += (picture.values[a * 40 + i] - mean[a]) * (picture.values[b * 40 + i] - mean[b]);
          }
        }
        correlation /= n * deviation[a] * deviation[b];
        const double expected = a == b ? 1 : 0.9 * correlation;
        EXPECT_NEAR(statistics.correlation[a * channels + b], expected, 6.1e-8);
      }
    }
  }
}

TEST(WhiteningAccumulatorTest, AChannelThatNeverVariedHasNoDeviationAndNoCorrelation) {
  std::mt19937 random(2);
  std::vector<LogResiduals> pictures;
  for (int i = 0; i < 3; ++i) {
    pictures.push_back(RandomPicture({3}, 20, &random));
    // 3.1f is no sum of few powers of two: its squares round.
    std::fill_n(pictures.back().values.begin() + 20, 20, 3.1f);
  }
  const WhiteningStatistics statistics = StatisticsOf(pictures);
  EXPECT_GT(statistics.deviation[0], 0);
  EXPECT_EQ(statistics.deviation[1], 0);
  EXPECT_GT(statistics.deviation[2], 0);
  EXPECT_THAT(std::vector<float>(statistics.correlation.begin() + 3, statistics.correlation.begin() + 6),
              ElementsAre(0, 1, 0));
}

TEST(WhiteningAccumulatorTest, ADeviationOfAMillionthAndAHundredThousandthOfTheSizeIsRounding) {
  struct Channel {
    float middle;
    float spread;
    bool varies;
  };
  for (const Channel& channel :
       {Channel{0, 0.95e-6F, false}, Channel{0, 1.05e-6F, true}, Channel{0.01F, 1.05e-6F, false},
        Channel{0.01F, 1.15e-6F, true}, Channel{100, 0.98e-3F, false}, Channel{100, 1.02e-3F, true}}) {
    LogResiduals picture;
    picture.grid = {1, 2};
    picture.layer_channels = {2};
    picture.values = {channel.middle - channel.spread, channel.middle + channel.spread, 1, 2};
    const WhiteningStatistics statistics = StatisticsOf({picture});
    EXPECT_EQ(statistics.deviation[0] > 0, channel.varies) << channel.middle << " " << channel.spread;
    EXPECT_EQ(statistics.correlation[1] > 0, channel.varies) << channel.middle << " " << channel.spread;
  }
}

TEST(WhiteningAccumulatorTest, TotalLessAFoldIsTheOtherFolds) {
  std::mt19937 random(3);
  WhiteningAccumulator total;
  WhiteningAccumulator fold;
  WhiteningAccumulator others;
  for (int i = 0; i < 20; ++i) {
    const LogResiduals picture = RandomPicture({5, 3}, 30, &random);
    total.Add(picture);
    (i % 5 == 0 ? fold : others).Add(picture);
  }
  total.Subtract(fold);
  EXPECT_EQ(total.pictures(), 16);
  const WhiteningStatistics left = *total.Statistics();
  const WhiteningStatistics expected = *others.Statistics();
  // Float64 sums of 600 squares below 50, then float32: a unit in the last place.
  EXPECT_THAT(left.mean, Pointwise(FloatNear(5e-7), expected.mean));
  EXPECT_THAT(left.deviation, Pointwise(FloatNear(1.2e-7), expected.deviation));
  EXPECT_THAT(left.correlation, Pointwise(FloatNear(1.2e-7), expected.correlation));
}

TEST(WhiteningAccumulatorTest, AChannelThatVariedOnlyInTheSubtractedFoldHasNoDeviation) {
  std::mt19937 random(4);
  WhiteningAccumulator total;
  WhiteningAccumulator fold;
  for (int i = 0; i < 10; ++i) {
    LogResiduals picture = RandomPicture({2}, 30, &random);
    if (i == 4) {
      fold.Add(picture);
    } else {
      std::fill_n(picture.values.begin() + 30, 30, 3.1f);
    }
    total.Add(picture);
  }
  EXPECT_GT(total.Statistics()->deviation[1], 0);
  total.Subtract(fold);
  EXPECT_GT(total.Statistics()->deviation[0], 0);
  EXPECT_EQ(total.Statistics()->deviation[1], 0);
}

TEST(WhiteningAccumulatorTest, AddingSetsIsAddingTheirPictures) {
  std::mt19937 random(5);
  WhiteningAccumulator one;
  WhiteningAccumulator two;
  WhiteningAccumulator sum;
  one.Add(RandomPicture({4}, 10, &random));
  two.Add(RandomPicture({4}, 10, &random));
  sum.Add(one);
  sum.Add(WhiteningAccumulator());
  sum.Add(two);
  one.Add(two);
  EXPECT_EQ(sum.pictures(), 2);
  EXPECT_EQ(sum.Statistics()->correlation, one.Statistics()->correlation);
}

TEST(WhiteningAccumulatorTest, SubtractingAnEmptySetChangesNothing) {
  std::mt19937 random(7);
  WhiteningAccumulator accumulator;
  accumulator.Add(RandomPicture({4}, 10, &random));
  const WhiteningStatistics before = *accumulator.Statistics();
  accumulator.Subtract(WhiteningAccumulator());
  EXPECT_EQ(accumulator.pictures(), 1);
  EXPECT_EQ(accumulator.Statistics()->mean, before.mean);
  EXPECT_EQ(accumulator.Statistics()->correlation, before.correlation);
}

TEST(WhiteningAccumulatorTest, TheBytesDoNotDependOnTheThreads) {
  ThreadPool pool(3);
  std::mt19937 random(6);
  WhiteningAccumulator alone;
  WhiteningAccumulator parallel;
  for (int i = 0; i < 3; ++i) {
    const LogResiduals picture = RandomPicture({200, 120}, 121, &random);
    alone.Add(picture);
    parallel.Add(picture, &pool);
  }
  EXPECT_THAT(parallel.Statistics()->correlation, Pointwise(Eq(), alone.Statistics()->correlation));
  EXPECT_THAT(parallel.Statistics()->mean, Pointwise(Eq(), alone.Statistics()->mean));
}

TEST(WhiteningAccumulatorTest, NoPicturesHaveNoStatistics) {
  EXPECT_THAT(WhiteningAccumulator().Statistics(),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("at least 1")));
}

}  // namespace
}  // namespace mlfsc
