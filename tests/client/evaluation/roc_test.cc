#include "client/evaluation/roc.h"

#include <algorithm>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlfsc::client {
namespace {

// Every pair looked at.
double NaiveAuroc(const std::vector<double>& good, const std::vector<double>& bad) {
  double pairs = 0;
  for (const double b : bad) {
    for (const double g : good) pairs += b > g ? 1 : b == g ? 0.5 : 0;
  }
  return pairs / (static_cast<double>(good.size()) * static_cast<double>(bad.size()));
}

// Every threshold tried on every score.
double NaiveBestMean(const std::vector<double>& good, const std::vector<double>& bad) {
  std::vector<double> thresholds = good;
  thresholds.insert(thresholds.end(), bad.begin(), bad.end());
  double best = 0;
  for (const double t : thresholds) {
    const auto kept = std::count_if(good.begin(), good.end(), [t](double s) { return s <= t; });
    const auto found = std::count_if(bad.begin(), bad.end(), [t](double s) { return s > t; });
    best = std::max(best,
                    (static_cast<double>(kept) / good.size() + static_cast<double>(found) / bad.size()) / 2);
  }
  return best;
}

std::vector<double> Draw(std::mt19937* random, size_t count, int values, double shift) {
  std::uniform_int_distribution<int> value(0, values - 1);
  std::vector<double> scores(count);
  for (double& score : scores) score = value(*random) / 7.0 + shift;
  return scores;
}

TEST(RocTest, AurocIsOneWhenEveryBadScoreIsLarger) { EXPECT_EQ(Auroc({1, 2}, {3, 4}), 1.0); }
TEST(RocTest, AurocIsZeroWhenEveryBadScoreIsSmaller) { EXPECT_EQ(Auroc({3, 4}, {1, 2}), 0.0); }
TEST(RocTest, TiesCountHalf) { EXPECT_EQ(Auroc({1, 1}, {1, 1, 1}), 0.5); }

TEST(RocTest, WithoutGoodOrBadScoresThereIsNoAuroc) {
  EXPECT_EQ(Auroc({}, {1}), std::nullopt);
  EXPECT_EQ(Auroc({1}, {}), std::nullopt);
}

TEST(RocTest, AurocAgreesWithScikitLearn) {
  // sklearn.metrics.roc_auc_score([0, 0, 0, 0, 1, 1, 1], [0.1, 0.4, 0.35, 0.8, 0.35, 0.8, 0.9])
  EXPECT_NEAR(*Auroc({0.1, 0.4, 0.35, 0.8}, {0.35, 0.8, 0.9}), 0.75, 1e-12);
}

TEST(RocTest, AurocIsTheShareOfPairsForAnyScores) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    // Few values: many ties.
    const int values = 1 + round % 40;
    const std::vector<double> good = Draw(&random, 1 + round % 23, values, 0);
    const std::vector<double> bad = Draw(&random, 1 + round % 17, values, round % 3);
    // Sums of halves are exact; two divisions differ from one by less than 3 epsilon.
    EXPECT_NEAR(*Auroc(good, bad), NaiveAuroc(good, bad), 3 * 2.3e-16);
  }
}

TEST(RocTest, AveragePrecisionCountsTiesAtOnce) {
  // Down to 3: one of one; down to 2: three of four.
  EXPECT_DOUBLE_EQ(*AveragePrecision({1, 2}, {2, 2, 3}), (1.0 + 2 * 0.75) / 3);
  EXPECT_EQ(AveragePrecision({}, {1, 2}), 1.0);
  EXPECT_EQ(AveragePrecision({1}, {}), std::nullopt);
}

TEST(RocTest, FalseAlarmsAreCountedAtTheLimitThatFindsEnough) {
  std::vector<double> bad(20);
  for (int i = 0; i < 20; ++i) bad[i] = i;
  // 19 of 20 are at or above 1, and so are 3 of 4 good ones.
  EXPECT_DOUBLE_EQ(*FalseAlarmsAtRecall(0.95, {0.5, 1, 2, 3}, bad), 0.75);
  EXPECT_DOUBLE_EQ(*FalseAlarmsAtRecall(1, {-1, 0.5, 1, 2}, bad), 0.75);
  EXPECT_EQ(FalseAlarmsAtRecall(0.95, {}, bad), std::nullopt);
}

TEST(RocTest, PrecisionAndF1OfAThreshold) {
  const OperatingPoint point = OperatingPointAt(2, {1, 2, 3}, {2, 3, 4, 5});
  EXPECT_DOUBLE_EQ(*point.precision, 3.0 / 4);
  EXPECT_DOUBLE_EQ(*point.f1, 6.0 / 8);
  EXPECT_EQ(OperatingPointAt(9, {1}, {2}).precision, std::nullopt);
  EXPECT_EQ(OperatingPointAt(9, {1}, {2}).f1, 0.0);
  EXPECT_EQ(OperatingPointAt(9, {1}, {}).f1, std::nullopt);
}

TEST(RocTest, AScoreAtTheThresholdIsNotFlagged) {
  const OperatingPoint point = OperatingPointAt(2, {1, 2, 3}, {2, 3, 4, 5});
  EXPECT_DOUBLE_EQ(point.r1, 2.0 / 3);
  EXPECT_DOUBLE_EQ(point.r2, 3.0 / 4);
  EXPECT_DOUBLE_EQ(point.mean(), (2.0 / 3 + 3.0 / 4) / 2);
}

TEST(RocTest, TheBestThresholdHasTheLargestMean) {
  std::mt19937 random(2);
  for (int round = 0; round < 200; ++round) {
    const std::vector<double> good = Draw(&random, 1 + round % 13, 1 + round % 20, 0);
    const std::vector<double> bad = Draw(&random, 1 + round % 11, 1 + round % 20, 0.3);
    const OperatingPoint best = BestOperatingPoint(good, bad);
    EXPECT_NEAR(best.mean(), NaiveBestMean(good, bad), 1e-15);
    EXPECT_DOUBLE_EQ(OperatingPointAt(best.threshold, good, bad).mean(), best.mean());
  }
}

TEST(RocTest, OfEquallyGoodThresholdsTheLowestIsChosen) {
  EXPECT_EQ(BestOperatingPoint({1, 2}, {3, 4}).threshold, 2);
}

TEST(RocTest, NoScoresHaveNoBestThreshold) { EXPECT_EQ(BestOperatingPoint({}, {}).threshold, 0); }

}  // namespace
}  // namespace mlfsc::client
