#include "core/serving/threshold.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testing/bundles.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

// Calibrated on real scores, unlike RandomBundle's.
Manifest Calibrated() {
  Manifest manifest = testing::RandomBundle(testing::SmallOptions(), 1).manifest;
  manifest.calibration = *Calibrate({80, 95, 100, 120, 130}, 0.01);
  manifest.map_calibration = *Calibrate({2, 2.5, 3, 3.1, 4}, 0.01);
  return manifest;
}

TEST(ThresholdTest, ARateGivesTheLimitsOfACalibrationAtThatRate) {
  const auto moved = WithLimit(Calibrated(), FalseAlarmRate{0.05});
  ASSERT_THAT(moved, IsOk());
  const Calibration scores = *Calibrate({80, 95, 100, 120, 130}, 0.05);
  const Calibration maxima = *Calibrate({2, 2.5, 3, 3.1, 4}, 0.05);
  EXPECT_EQ(moved->calibration.threshold, scores.threshold);
  EXPECT_EQ(moved->calibration.review_low, scores.review_low);
  EXPECT_EQ(moved->calibration.review_high, scores.review_high);
  EXPECT_EQ(moved->calibration.false_alarm_rate, 0.05);
  EXPECT_EQ(moved->map_calibration.threshold, maxima.threshold);
}

TEST(ThresholdTest, AThresholdTakesTheReviewBandAlong) {
  const Calibration before = Calibrated().calibration;
  const auto moved = WithLimit(Calibrated(), RawThreshold{3 * before.threshold});
  ASSERT_THAT(moved, IsOk());
  EXPECT_EQ(moved->calibration.threshold, 3 * before.threshold);
  // Rounding of logarithms and exponentials.
  EXPECT_NEAR(moved->calibration.review_low / (3 * before.review_low), 1, 1e-12);
  EXPECT_NEAR(moved->calibration.review_high / (3 * before.review_high), 1, 1e-12);
  EXPECT_EQ(moved->calibration.log_mean, before.log_mean);
  EXPECT_EQ(moved->calibration.pictures, before.pictures);
}

TEST(ThresholdTest, TheMapsLimitFollowsByAsManyDeviations) {
  // Where the scores have their 5 % limit the map has its own.
  const Manifest at_five = *WithLimit(Calibrated(), FalseAlarmRate{0.05});
  const auto moved = WithLimit(Calibrated(), RawThreshold{at_five.calibration.threshold});
  ASSERT_THAT(moved, IsOk());
  EXPECT_NEAR(moved->map_calibration.threshold / at_five.map_calibration.threshold, 1, 1e-9);
  EXPECT_NEAR(moved->calibration.false_alarm_rate, 0.05, 1e-9);
  EXPECT_NEAR(moved->map_calibration.false_alarm_rate, 0.05, 1e-9);
}

TEST(ThresholdTest, AnyThresholdThatIsTakenGivesAManifestThatCanBeRead) {
  for (const double threshold : {1e-6, 1.0, 95.0, 1e12, 1e299}) {
    SCOPED_TRACE(threshold);
    Bundle bundle = testing::RandomBundle(testing::SmallOptions(), 1);
    bundle.manifest = *WithLimit(Calibrated(), RawThreshold{threshold});
    const auto read = ParseBundle(SerialiseBundle(bundle));
    ASSERT_THAT(read, IsOk());
    EXPECT_EQ(read->manifest.calibration.threshold, threshold);
  }
}

TEST(ThresholdTest, OtherLimitsAreRefused) {
  for (const double threshold : {0.0, -1.0, 1e300, std::numeric_limits<double>::infinity(), std::nan("")}) {
    EXPECT_THAT(WithLimit(Calibrated(), RawThreshold{threshold}),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("1e-06 to 1e+299")));
  }
  for (const double rate : {0.0, 0.00009, 0.21, std::nan("")}) {
    EXPECT_THAT(WithLimit(Calibrated(), FalseAlarmRate{rate}),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("0.0001 to 0.2")));
  }
}

}  // namespace
}  // namespace mlfsc
