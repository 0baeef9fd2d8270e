#include "client/evaluation/bootstrap.h"

#include <cmath>
#include <numeric>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlfsc::client {
namespace {

TEST(BootstrapTest, ADrawHasAsManyAsThereAreAndEveryoneHasTheSameChance) {
  Resampler resampler(1);
  std::vector<int> sums(5, 0);
  for (int round = 0; round < 4000; ++round) {
    const std::vector<int> times = resampler.Draw(5);
    EXPECT_EQ(std::accumulate(times.begin(), times.end(), 0), 5);
    for (int i = 0; i < 5; ++i) sums[i] += times[i];
  }
  // 20,000 draws with chance 1/5: deviation 57; five of them.
  for (const int sum : sums) EXPECT_NEAR(sum, 4000, 5 * 57);
  EXPECT_TRUE(resampler.Draw(0).empty());
}

TEST(BootstrapTest, TheMiddleIsAsNumpysQuantile) {
  // numpy.quantile([1, 2, 4, 8, 16], [0.1, 0.9]) = [1.4, 12.8]
  const std::optional<Interval> middle = MiddleOf({16, 4, 1, 8, 2}, 0.8);
  EXPECT_NEAR(middle->low, 1.4, 1e-12);
  EXPECT_NEAR(middle->high, 12.8, 1e-12);
  EXPECT_FALSE(MiddleOf({}, 0.95).has_value());
  EXPECT_EQ(MiddleOf({3}, 0.95)->low, 3);
}

TEST(BootstrapTest, TheWidthIsThatOfTheSamplingError) {
  // r1 of 400 good scores of which 80 are flagged: deviation sqrt(0.8 * 0.2 / 400) = 0.02.
  std::vector<double> good(400, 1);
  std::fill(good.begin(), good.begin() + 80, 3);
  BootstrapOptions options;
  options.samples = 2000;
  const Intervals intervals = Bootstrap(good, {1, 3}, 2, {}, options);
  ASSERT_TRUE(intervals.r1.has_value());
  // 1.96 deviations each way. The quantile of 2,000 samples moves by about 0.05 of its own distance, and the
  // share moves in steps of 1/400.
  EXPECT_NEAR(intervals.r1->low, 0.8 - 1.96 * 0.02, 0.005);
  EXPECT_NEAR(intervals.r1->high, 0.8 + 1.96 * 0.02, 0.005);
}

TEST(BootstrapTest, WithoutBadPicturesThereIsNoAurocAndNoInterval) {
  const Intervals intervals = Bootstrap({1, 2, 3}, {}, 2, {}, BootstrapOptions());
  EXPECT_FALSE(intervals.image_auroc.has_value());
  EXPECT_TRUE(intervals.r1.has_value());
}

TEST(BootstrapTest, PixelsAreDrawnByThePicture) {
  // One good picture and two masked ones, of which one is found and one is not: the AUROC of a sample is 1,
  // 1/2 or 0, and all occur.
  PixelHistograms pixels;
  pixels.bins = 3;
  pixels.pictures.resize(3);
  pixels.pictures[0].good = {0, 10, 0};
  pixels.pictures[1] = {{0, 0, 0}, {0, 0, 4}, {0, 0, 1}, 1};
  pixels.pictures[2] = {{0, 0, 0}, {4, 0, 0}, {1, 0, 0}, 1};
  EXPECT_DOUBLE_EQ(*MeasureHistograms(pixels, {1, 1, 1}).auroc, 0.5);
  EXPECT_DOUBLE_EQ(*MeasureHistograms(pixels, {1, 2, 0}).auroc, 1);
  EXPECT_DOUBLE_EQ(*MeasureHistograms(pixels, {1, 2, 0}).pro30, 1);
  const Intervals intervals = Bootstrap({1, 2}, {3, 4}, 2.5, pixels, BootstrapOptions());
  EXPECT_EQ(intervals.pixel_auroc->low, 0);
  EXPECT_EQ(intervals.pixel_auroc->high, 1);
}

TEST(BootstrapTest, NoSamplesAreNoIntervals) {
  BootstrapOptions options;
  options.samples = 0;
  EXPECT_FALSE(Bootstrap({1, 2}, {3}, 2, {}, options).image_auroc.has_value());
}

}  // namespace
}  // namespace mlfsc::client
