#include "client/bench/latency_histogram.h"

#include <algorithm>
#include <cmath>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlfsc::client {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

absl::Duration Ms(double ms) { return absl::Milliseconds(ms); }

TEST(LatencyHistogramTest, AnEmptyOneIsAllZero) {
  const LatencyHistogram histogram;
  EXPECT_EQ(histogram.count(), 0);
  EXPECT_EQ(histogram.mean(), absl::ZeroDuration());
  EXPECT_EQ(histogram.Percentile(0.99), absl::ZeroDuration());
  EXPECT_THAT(RoundLimits(histogram, 10), IsEmpty());
}

TEST(LatencyHistogramTest, MeanLeastAndLargestAreExact) {
  LatencyHistogram histogram;
  for (const double ms : {3.0, 1.0, 8.0}) histogram.Add(Ms(ms));
  EXPECT_EQ(histogram.mean(), Ms(4));
  EXPECT_EQ(histogram.min(), Ms(1));
  EXPECT_EQ(histogram.max(), Ms(8));
  EXPECT_EQ(histogram.Percentile(1), Ms(8));
}

TEST(LatencyHistogramTest, PercentilesAreRightWithinABin) {
  std::mt19937 random(1);
  std::lognormal_distribution<double> draw(3, 1.5);
  LatencyHistogram histogram;
  std::vector<double> all(5000);
  for (double& ms : all) {
    ms = draw(random);
    histogram.Add(Ms(ms));
  }
  std::sort(all.begin(), all.end());
  for (const double share : {0.001, 0.5, 0.9, 0.99, 0.999}) {
    const double exact = all[static_cast<size_t>(std::ceil(share * 5000)) - 1];
    const double found = absl::ToDoubleMilliseconds(histogram.Percentile(share));
    EXPECT_GE(found, exact - 0.001);
    // A bin is 1/64 of its value wide; whole microseconds.
    EXPECT_LE(found, exact * (1 + 1.0 / 64) + 0.001);
  }
}

TEST(LatencyHistogramTest, CountsBetweenLimitsAddUp) {
  LatencyHistogram histogram;
  for (int ms = 1; ms <= 1000; ++ms) histogram.Add(Ms(ms));
  for (const int rows : {5, 10, 30, 100}) {
    const std::vector<absl::Duration> limits = RoundLimits(histogram, rows);
    EXPECT_LE(limits.size(), static_cast<size_t>(rows) + 1);
    int64_t sum = 0;
    for (size_t i = 0; i + 1 < limits.size(); ++i) sum += histogram.CountBetween(limits[i], limits[i + 1]);
    EXPECT_EQ(sum, 1000) << rows;
  }
}

TEST(LatencyHistogramTest, LimitsAreRoundAndAsNarrowAsTheRowsAllow) {
  LatencyHistogram histogram;
  histogram.Add(Ms(3));
  histogram.Add(Ms(11));
  EXPECT_THAT(RoundLimits(histogram, 20), SizeIs(14));
  EXPECT_THAT(RoundLimits(histogram, 10),
              ElementsAre(Ms(2.5), Ms(3.2), Ms(4), Ms(5), Ms(6.3), Ms(8), Ms(10), Ms(12)));
  EXPECT_THAT(RoundLimits(histogram, 3), ElementsAre(Ms(2), Ms(5), Ms(10), Ms(20)));
}

TEST(LatencyHistogramTest, OneValueIsOneBin) {
  LatencyHistogram histogram;
  histogram.Add(Ms(20));
  EXPECT_THAT(RoundLimits(histogram, 12), ElementsAre(Ms(20), Ms(22)));
  // In the same bin as the limit.
  LatencyHistogram close;
  close.Add(Ms(21.999));
  const std::vector<absl::Duration> limits = RoundLimits(close, 12);
  EXPECT_EQ(close.CountBetween(limits.front(), limits.back()), 1);
}

TEST(LatencyHistogramTest, TooWideARangeKeepsTheUpperBins) {
  LatencyHistogram histogram;
  histogram.Add(Ms(0.1));
  histogram.Add(Ms(900));
  const std::vector<absl::Duration> limits = RoundLimits(histogram, 4);
  ASSERT_THAT(limits, SizeIs(5));
  EXPECT_EQ(limits.front(), absl::ZeroDuration());
  EXPECT_EQ(limits.back(), Ms(1000));
  EXPECT_EQ(histogram.CountBetween(limits[0], limits[1]), 1);
}

}  // namespace
}  // namespace mlfsc::client
