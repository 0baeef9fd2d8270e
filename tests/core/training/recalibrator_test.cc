#include "core/training/recalibrator.h"

#include <memory>
#include <random>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/features/feature_extractor.h"
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
  ASSERT_THAT(recalibrator->findings().notices, ::testing::SizeIs(1)) << "the threshold was set by hand, and is another one now";
  EXPECT_EQ(recalibrator->findings().notices[0].code, NoticeCode::kThresholdReplaced);
  EXPECT_THAT(recalibrator->findings().notices[0].text, HasSubstr("at a false alarm rate of 0.05"));
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

class RecalibratorFindingsTest : public RecalibratorTest {
 protected:
  // 20 good pictures, the first taken twice more, and a black frame as the last.
  std::unique_ptr<Recalibrator> Filled(OutlierAction outliers) {
    auto recalibrator = *Recalibrator::Create(bundle_, 100, nullptr, outliers);
    std::mt19937 random(3);
    std::vector<InputPicture> inputs;
    for (int i = 0; i < 20; ++i) inputs.push_back(testing::WovenInput(64, &random));
    for (int i = 0; i < 2; ++i) inputs.push_back(testing::TakenAgain(inputs[0], 1, &random));
    inputs.push_back(testing::FlatInput(64, 3));
    for (const InputPicture& input : inputs) {
      const PictureSignature signature = SignatureOf(input);
      EXPECT_THAT(recalibrator->AddPicture(PixelFeatures(input), &signature), IsOk());
    }
    return recalibrator;
  }
};

TEST_F(RecalibratorFindingsTest, CopiesCountOnceAndABlackFrameIsNamed) {
  const auto recalibrator = Filled(OutlierAction::kWarn);
  const auto after = recalibrator->Finish(nullptr, nullptr);
  ASSERT_THAT(after, IsOk());
  EXPECT_EQ(after->manifest.calibration.pictures, 21);
  const TrainingFindings& findings = recalibrator->findings();
  EXPECT_EQ(findings.independent_pictures, 21);
  ASSERT_EQ(findings.outliers.size(), 1);
  EXPECT_EQ(findings.outliers[0].picture, 22);
  EXPECT_EQ(findings.outliers[0].reason, "black: brightest grey 3 of 255");
  EXPECT_FALSE(findings.outliers[0].dropped);
  ASSERT_EQ(findings.notices.size(), 1);
  EXPECT_EQ(findings.notices[0].code, NoticeCode::kCopies);
}

TEST_F(RecalibratorFindingsTest, ADroppedPictureHasNoPartInTheLimits) {
  const auto recalibrator = Filled(OutlierAction::kDrop);
  const auto after = recalibrator->Finish(nullptr, nullptr);
  ASSERT_THAT(after, IsOk());
  EXPECT_EQ(after->manifest.calibration.pictures, 20);
  ASSERT_EQ(recalibrator->findings().outliers.size(), 1);
  EXPECT_TRUE(recalibrator->findings().outliers[0].dropped);
  // What the version was learnt from stays what it was.
  EXPECT_EQ(after->manifest.provenance.pictures, 8);
  EXPECT_EQ(after->manifest.provenance.outliers_dropped, 0);
}

}  // namespace
}  // namespace mlfsc
