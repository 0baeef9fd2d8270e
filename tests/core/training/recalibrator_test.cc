#include "core/training/recalibrator.h"

#include <random>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/training/trainer.h"
#include "tests/core/training/training_pictures.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::StatusIs;
using ::mlfsc::testing::WovenOptions;
using ::mlfsc::testing::WovenPixels;
using ::testing::HasSubstr;

class RecalibratorTest : public ::testing::Test {
 protected:
  RecalibratorTest() {
    auto trainer = *Trainer::Create(WovenOptions(5, ScoreMethod::kWhitened), {});
    for (int i = 0; i < 8; ++i) EXPECT_THAT(trainer->AddPicture(WovenPixels(64, &random_)), IsOk());
    bundle_ = *trainer->Finish(nullptr, nullptr);
  }

  std::mt19937 random_{1};
  Bundle bundle_;
};

TEST_F(RecalibratorTest, OnlyTheLimitsChange) {
  bundle_.manifest.calibration.false_alarm_rate = 0.05;
  auto recalibrator = *Recalibrator::Create(bundle_, 100, nullptr);
  for (int i = 0; i < 20; ++i) EXPECT_THAT(recalibrator->AddPicture(WovenPixels(64, &random_)), IsOk());
  EXPECT_EQ(recalibrator->pictures(), 20);
  const auto after = recalibrator->Finish(nullptr, nullptr);
  ASSERT_THAT(after, IsOk());
  EXPECT_EQ(SerialiseBundle(*after).arrays, SerialiseBundle(bundle_).arrays);
  EXPECT_EQ(after->manifest.provenance.pictures, 8);
  EXPECT_EQ(after->manifest.calibration.pictures, 20);
  EXPECT_EQ(after->manifest.map_calibration.pictures, 20);
  EXPECT_EQ(after->manifest.calibration.false_alarm_rate, 0.05);
  // Pictures of the same kind: out-of-fold scores and these have the same middle, within a deviation.
  EXPECT_NEAR(after->manifest.calibration.log_mean, bundle_.manifest.calibration.log_mean,
              bundle_.manifest.calibration.log_deviation);
}

TEST_F(RecalibratorTest, OnePictureIsTooFewAndThereIsALimit) {
  auto recalibrator = *Recalibrator::Create(bundle_, 1, nullptr);
  EXPECT_THAT(recalibrator->AddPicture(WovenPixels(64, &random_)), IsOk());
  EXPECT_THAT(recalibrator->AddPicture(WovenPixels(64, &random_)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("more than 1 pictures")));
  EXPECT_THAT(recalibrator->Finish(nullptr, nullptr),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("at least 2")));
}

TEST_F(RecalibratorTest, ItCanBeCancelled) {
  auto recalibrator = *Recalibrator::Create(bundle_, 10, nullptr);
  for (int i = 0; i < 2; ++i) EXPECT_THAT(recalibrator->AddPicture(WovenPixels(64, &random_)), IsOk());
  EXPECT_THAT(recalibrator->Finish(nullptr, [](const TrainingProgress&) { return false; }),
              StatusIs(absl::StatusCode::kCancelled, HasSubstr("cancelled")));
}

}  // namespace
}  // namespace mlfsc
