#include "core/scoring/calibration.h"

#include <cmath>
#include <limits>
#include <random>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/scoring/spread.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::StatusIs;
using ::testing::HasSubstr;

Calibration CalibrateOrDie(const std::vector<double>& scores, double rate = 0.01) {
  absl::StatusOr<Calibration> calibration = Calibrate(scores, rate);
  EXPECT_THAT(calibration, IsOk());
  return *calibration;
}

TEST(CalibrationTest, MiddleAndSpreadAreThoseOfTheLogarithms) {
  const std::vector<double> logarithms = {1, 2, 6};
  const Calibration calibration = CalibrateOrDie({std::exp(1.0), std::exp(2.0), std::exp(6.0)});
  EXPECT_EQ(calibration.pictures, 3);
  EXPECT_NEAR(calibration.log_mean, 2, 1e-14);
  EXPECT_NEAR(calibration.log_deviation, PredictionFactorsOf(3).scale * PairwiseSpread(logarithms), 1e-14);
  EXPECT_EQ(calibration.degrees_of_freedom, PredictionFactorsOf(3).freedom);
}

TEST(CalibrationTest, TheLimitOfThreePicturesHasTheFreedomOfTheirSpread) {
  Calibration calibration = CalibrateOrDie({std::exp(1.0), std::exp(2.0), std::exp(6.0)}, 0.05);
  // With exactly 2 degrees of freedom the quantile is (1 - 2 f) / sqrt(2 f (1 - f)).
  calibration.degrees_of_freedom = 2;
  const double t = 0.9 / std::sqrt(2 * 0.05 * 0.95);
  EXPECT_NEAR(std::log(LimitAt(calibration, 0.05)),
              calibration.log_mean + t * calibration.log_deviation * std::sqrt(4.0 / 3), 1e-12);
}

// 30 good pictures and three that are not, far above or in the lens cap's dark.
TEST(CalibrationTest, AFewBadPicturesHardlyMoveTheThreshold) {
  std::mt19937 random(3);
  std::normal_distribution<double> logarithm(7.3, 0.15);
  std::vector<double> scores(30);
  for (double& score : scores) score = std::exp(logarithm(random));
  const Calibration clean = CalibrateOrDie(scores);
  for (const double bad : {1e-6, 20000.0, 1e9}) {
    std::vector<double> contaminated = scores;
    contaminated.insert(contaminated.end(), 3, bad);
    const Calibration calibration = CalibrateOrDie(contaminated);
    // A tenth of the pictures may move the median pair to where 0.5 / 0.82 of the good pairs lie: the spread
    // grows by 0.87 / 0.67 at most, and the middle by a tenth of the sorted sample's half.
    EXPECT_GT(calibration.threshold / clean.threshold, 0.95) << bad;
    EXPECT_LT(calibration.threshold / clean.threshold, 1.2) << bad;
    EXPECT_EQ(calibration.VerdictOf(20000), Verdict::kNok);
  }
}

TEST(CalibrationTest, TheLimitIsStudentsPredictionLimit) {
  // With 2 pictures the quantile is Cauchy's: cot(pi f).
  const Calibration calibration = CalibrateOrDie({std::exp(1.0), std::exp(2.0)}, 0.05);
  const double pi = std::acos(-1.0);
  const auto limit = [&](double rate) {
    return std::exp(1.5 + std::sqrt(0.5) * std::sqrt(1.5) / std::tan(pi * rate));
  };
  EXPECT_NEAR(calibration.threshold / limit(0.05), 1, 1e-12);
  EXPECT_NEAR(calibration.review_low / limit(0.25), 1, 1e-12);
  EXPECT_NEAR(calibration.review_high / limit(0.005), 1, 1e-12);
}

TEST(CalibrationTest, HalfOfTheGoodPicturesLieBelowTheMiddle) {
  const Calibration calibration = CalibrateOrDie({std::exp(1.0), std::exp(2.0), std::exp(6.0)});
  EXPECT_EQ(calibration.NormalisedMiddle(), calibration.Normalised(std::exp(2.0)));
  EXPECT_LT(calibration.NormalisedMiddle(), 0.5);
}

TEST(CalibrationTest, VerdictsHaveNames) {
  EXPECT_EQ(VerdictName(Verdict::kOk), "OK");
  EXPECT_EQ(VerdictName(Verdict::kReview), "REVIEW");
  EXPECT_EQ(VerdictName(Verdict::kNok), "NOK");
}

// For normal logarithms a new score lies above the limit with probability f, whatever N is.
TEST(CalibrationTest, NewGoodPicturesAreFlaggedAtTheAskedForRate) {
  constexpr int kTrials = 4000;
  for (const int pictures : {2, 3, 4, 5, 8, 9, 20, 21, 31, 100, 300}) {
    std::mt19937 random(pictures);
    // A wide spread, so that the floor of the deviation plays no part for 2 pictures either.
    std::normal_distribution<double> logarithm(50, 8);
    for (const double rate : {0.01, 0.05}) {
      int flagged = 0;
      for (int trial = 0; trial < kTrials; ++trial) {
        std::vector<double> scores(pictures);
        for (double& score : scores) score = std::exp(logarithm(random));
        flagged += std::exp(logarithm(random)) > CalibrateOrDie(scores, rate).threshold;
      }
      // Four binomial standard deviations.
      EXPECT_NEAR(flagged / static_cast<double>(kTrials), rate, 4 * std::sqrt(rate * (1 - rate) / kTrials))
          << pictures << " pictures";
    }
  }
}

TEST(CalibrationTest, TheLimitWidensWhenPicturesAreFew) {
  std::vector<double> few = {90, 110};
  std::vector<double> many;
  for (int i = 0; i < 50; ++i) many.insert(many.end(), few.begin(), few.end());
  EXPECT_GT(CalibrateOrDie(few).threshold, 2 * CalibrateOrDie(many).threshold);
}

TEST(CalibrationTest, FewerThanTwoPicturesAreRefused) {
  EXPECT_THAT(Calibrate({}, 0.01),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("0 good pictures")));
  EXPECT_THAT(Calibrate({5.0}, 0.01), StatusIs(absl::StatusCode::kFailedPrecondition,
                                               HasSubstr("1 good picture cannot be calibrated")));
}

TEST(CalibrationTest, RatesOutOfRangeAreRefused) {
  const std::vector<double> scores = {1, 2};
  for (const double rate : {0.0, 0.00009, 0.21, -1.0, std::nan("")}) {
    EXPECT_THAT(Calibrate(scores, rate),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("0.0001 to 0.2")));
  }
}

TEST(CalibrationTest, ScoresThatAreNotFiniteAreRefused) {
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    EXPECT_THAT(Calibrate({1.0, bad}, 0.01), StatusIs(absl::StatusCode::kInternal, HasSubstr("picture 1")));
  }
}

TEST(CalibrationTest, EqualScoresKeepASmallDeviation) {
  const Calibration calibration = CalibrateOrDie({100, 100, 100, 100});
  EXPECT_EQ(calibration.log_deviation, 0.01);
  EXPECT_GT(calibration.threshold, 100);
  EXPECT_LT(calibration.threshold, 110);
}

void ExpectFiniteAndOrdered(const Calibration& calibration) {
  for (const double value : {calibration.log_mean, calibration.log_deviation, calibration.review_low,
                             calibration.threshold, calibration.review_high}) {
    EXPECT_TRUE(std::isfinite(value)) << value;
  }
  EXPECT_GT(calibration.review_low, 0);
  EXPECT_LE(calibration.review_low, calibration.threshold);
  EXPECT_LE(calibration.threshold, calibration.review_high);
  for (const double score : {0.0, 1e-300, 1.0, 1e300}) {
    EXPECT_TRUE(std::isfinite(calibration.Normalised(score)));
  }
}

TEST(CalibrationTest, EverythingIsFiniteForZeroScoresAndWildOnes) {
  for (const double rate : {0.0001, 0.01, 0.2}) {
    ExpectFiniteAndOrdered(CalibrateOrDie({0, 0}, rate));
    ExpectFiniteAndOrdered(CalibrateOrDie({0, 1e6}, rate));
    ExpectFiniteAndOrdered(CalibrateOrDie({1e-320, 1e300}, rate));
    ExpectFiniteAndOrdered(CalibrateOrDie({0, 0, 0, 1}, rate));
  }
}

TEST(CalibrationTest, TheNormalisedScoreIsAHalfAtTheThresholdAndMonotone) {
  const Calibration calibration = CalibrateOrDie({80, 95, 100, 120, 130});
  EXPECT_NEAR(calibration.Normalised(calibration.threshold), 0.5, 1e-12);
  double last = -1;
  for (double score = 1; score < 1000; score *= 1.1) {
    const double normalised = calibration.Normalised(score);
    EXPECT_GT(normalised, last);
    EXPECT_LT(normalised, 1);
    last = normalised;
  }
  // One deviation of a new picture above the threshold.
  const double w = calibration.log_deviation * std::sqrt(1.2);
  EXPECT_NEAR(calibration.Normalised(calibration.threshold * std::exp(w)), 1 / (1 + std::exp(-1.0)), 1e-12);
}

TEST(CalibrationTest, TheVerdictFollowsTheReviewBand) {
  const Calibration calibration = CalibrateOrDie({80, 95, 100, 120, 130});
  EXPECT_EQ(calibration.VerdictOf(0), Verdict::kOk);
  EXPECT_EQ(calibration.VerdictOf(calibration.review_low * 0.999), Verdict::kOk);
  EXPECT_EQ(calibration.VerdictOf(calibration.review_low), Verdict::kReview);
  EXPECT_EQ(calibration.VerdictOf(calibration.threshold), Verdict::kReview);
  EXPECT_EQ(calibration.VerdictOf(calibration.review_high), Verdict::kReview);
  EXPECT_EQ(calibration.VerdictOf(calibration.review_high * 1.001), Verdict::kNok);
}

TEST(CalibrationTest, TheReviewBandRunsFromFiveTimesTheRateToATenthOfIt) {
  const Calibration calibration = CalibrateOrDie({80, 95, 100, 120, 130}, 0.02);
  EXPECT_EQ(calibration.threshold, LimitAt(calibration, 0.02));
  EXPECT_EQ(calibration.review_low, LimitAt(calibration, 0.1));
  EXPECT_EQ(calibration.review_high, LimitAt(calibration, 0.002));
}

TEST(CalibrationTest, NoLimitLiesBelowTheMiddleOfGoodScores) {
  const Calibration calibration = CalibrateOrDie({80, 95, 100, 120, 130}, 0.2);
  EXPECT_NEAR(calibration.review_low / std::exp(calibration.log_mean), 1, 1e-12);
}

TEST(CalibrationTest, TheEdgesOfTheRangeOfRatesAreAllowed) {
  for (const double rate : {0.0001, 0.2}) {
    EXPECT_EQ(CalibrateOrDie({80, 95, 100}, rate).false_alarm_rate, rate);
  }
}

TEST(CalibrationTest, ScoresBelowTheLowestThresholdCountAsIt) {
  const Calibration calibration = CalibrateOrDie({0, 1e-9, 1e-6});
  EXPECT_NEAR(calibration.log_mean, std::log(1e-6), 1e-12);
  EXPECT_EQ(calibration.Normalised(0), calibration.Normalised(1e-6));
}

TEST(CalibrationTest, RatesOfLimitsAreCutAtOneInAThousandMillionAndAHalf) {
  const Calibration calibration = CalibrateOrDie({80, 95, 100, 120, 130});
  EXPECT_EQ(LimitAt(calibration, 1e-11), LimitAt(calibration, 1e-9));
  EXPECT_GT(LimitAt(calibration, 1e-9), LimitAt(calibration, 2e-9));
  EXPECT_EQ(LimitAt(calibration, 0.9), LimitAt(calibration, 0.5));
}

TEST(CalibrationTest, LimitsEndAtE690) {
  // Cauchy's quantile at a rate of 0.00001, 31831, times a deviation of more than 1.
  const Calibration wild = CalibrateOrDie({1, 1e6}, 0.0001);
  EXPECT_NEAR(std::log(wild.review_high), 690, 1e-9);
}

TEST(AtRateTest, IsWhatTheSamePicturesGiveAtThatRate) {
  const std::vector<double> scores = {80, 95, 100, 120, 130};
  const absl::StatusOr<Calibration> moved = AtRate(CalibrateOrDie(scores, 0.01), 0.05);
  ASSERT_THAT(moved, IsOk());
  const Calibration expected = CalibrateOrDie(scores, 0.05);
  EXPECT_EQ(moved->false_alarm_rate, 0.05);
  EXPECT_EQ(moved->threshold, expected.threshold);
  EXPECT_EQ(moved->review_low, expected.review_low);
  EXPECT_EQ(moved->review_high, expected.review_high);
  EXPECT_EQ(moved->log_mean, expected.log_mean);
}

TEST(AtRateTest, KeepsTheDegreesOfFreedomThatItsPicturesHad) {
  Calibration old = CalibrateOrDie({80, 95, 100, 120, 130});
  old.degrees_of_freedom = 4;
  const absl::StatusOr<Calibration> moved = AtRate(old, 0.05);
  ASSERT_THAT(moved, IsOk());
  // Of 4 degrees of freedom the 95 % quantile is 2.1318468.
  EXPECT_NEAR(std::log(moved->threshold), old.log_mean + 2.1318468 * old.log_deviation * std::sqrt(1.2),
              1e-7);
}

TEST(AtRateTest, RatesOutOfRangeAreRefused) {
  EXPECT_THAT(AtRate(CalibrateOrDie({1, 2}), 0.3),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("0.0001 to 0.2")));
}

// Two pictures, whose quantiles are Cauchy's: the share above t is 1/2 - atan(t) / pi. Deviation of a new
// picture's logarithm: sqrt(1/2) sqrt(3/2).
const double kTwoPicturesDeviation = std::sqrt(0.75);
Calibration TwoPictures() { return CalibrateOrDie({std::exp(1.0), std::exp(2.0)}, 0.05); }

TEST(DeviationsAboveMeanTest, CountsInANewPicturesDeviation) {
  const Calibration calibration = TwoPictures();
  EXPECT_NEAR(DeviationsAboveMean(calibration, std::exp(1.5)), 0, 1e-12);
  EXPECT_NEAR(DeviationsAboveMean(calibration, std::exp(1.5 + 3 * kTwoPicturesDeviation)), 3, 1e-12);
  EXPECT_NEAR(DeviationsAboveMean(calibration, calibration.threshold), 1 / std::tan(std::acos(-1.0) * 0.05),
              1e-12);
}

TEST(AtDeviationsTest, TheThresholdLiesThereAndTheBandKeepsItsWidth) {
  const Calibration before = TwoPictures();
  const Calibration moved = AtDeviations(before, 2);
  EXPECT_NEAR(std::log(moved.threshold), 1.5 + 2 * kTwoPicturesDeviation, 1e-12);
  EXPECT_NEAR(moved.review_low / moved.threshold, before.review_low / before.threshold, 1e-12);
  EXPECT_NEAR(moved.review_high / moved.threshold / (before.review_high / before.threshold), 1, 1e-12);
  EXPECT_NEAR(moved.false_alarm_rate, 0.5 - std::atan(2.0) / std::acos(-1.0), 1e-12);
  EXPECT_EQ(moved.log_mean, before.log_mean);
  EXPECT_EQ(moved.log_deviation, before.log_deviation);
  EXPECT_NEAR(DeviationsAboveMean(moved, moved.threshold), 2, 1e-12);
}

TEST(AtDeviationsTest, TheRateIsCutToItsRange) {
  EXPECT_EQ(AtDeviations(TwoPictures(), -5).false_alarm_rate, 0.2);
  EXPECT_EQ(AtDeviations(CalibrateOrDie({80, 95, 100}), 1000).false_alarm_rate, 0.0001);
  // Close to the end: Cauchy's tail is 1 / (pi t).
  EXPECT_NEAR(AtDeviations(TwoPictures(), 700).false_alarm_rate, 1 / (std::acos(-1.0) * 700), 1e-9);
}

TEST(AtDeviationsTest, LimitsEndAtE690EitherWay) {
  const Calibration high = AtDeviations(TwoPictures(), 1e9);
  EXPECT_NEAR(std::log(high.threshold), 690, 1e-9);
  EXPECT_NEAR(std::log(high.review_high), 690, 1e-9);
  EXPECT_LE(high.review_low, high.threshold);
  const Calibration low = AtDeviations(TwoPictures(), -1e9);
  EXPECT_NEAR(std::log(low.threshold), -690, 1e-9);
  EXPECT_NEAR(std::log(low.review_low), -690, 1e-9);
  EXPECT_GE(low.review_high, low.threshold);
}

TEST(AtDeviationsTest, TheReviewBandEndsAboveTheHighestThreshold) {
  EXPECT_GT(AtDeviations(TwoPictures(), 1e9).review_high, kHighestThreshold);
}

TEST(AtDeviationsTest, ABandWithoutWidthStaysAroundTheThreshold) {
  Calibration narrow = TwoPictures();
  narrow.review_low = narrow.review_high = narrow.threshold;
  for (double deviations = -3; deviations < 3; deviations += 0.1) {
    const Calibration moved = AtDeviations(narrow, deviations);
    EXPECT_LE(moved.review_low, moved.threshold);
    EXPECT_GE(moved.review_high, moved.threshold);
  }
}

TEST(LimitInDeviationsTest, IsWhatTheLimitsOfCalibrateAre) {
  const Calibration calibration = CalibrateOrDie({80, 95, 100, 120, 130});
  const double deviations =
      (std::log(calibration.threshold) - calibration.log_mean) / calibration.log_deviation;
  EXPECT_NEAR(LimitInDeviations(5, 0.01), deviations, 1e-12);
  // With 2 pictures the quantile is Cauchy's.
  EXPECT_NEAR(LimitInDeviations(2, 0.05), std::sqrt(1.5) / std::tan(std::acos(-1.0) * 0.05), 1e-9);
}

TEST(PicturesForLimitsTest, IsTheFirstNumberWhoseLimitIsCloseToThatOfMany) {
  // Normal quantiles.
  for (const auto& [rate, many] :
       {std::pair(0.01, 2.326348), std::pair(0.0001, 3.719016), std::pair(0.2, 0.841621)}) {
    const int pictures = PicturesForLimits(rate);
    EXPECT_LE(LimitInDeviations(pictures, rate), 1.15 * many);
    EXPECT_GT(LimitInDeviations(pictures - 1, rate), 1.15 * many);
  }
}

}  // namespace
}  // namespace mlfsc
