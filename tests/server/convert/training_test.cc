#include "server/convert/training.h"

#include <gmock/gmock.h>

#include "tests/testing/bundles.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::StatusIs;

constexpr int kSizes[] = {256, 512};

TEST(ConvertTrainingTest, AStartKeepsEveryField) {
  v1::TrainRequest::Start start;
  start.set_category("tile");
  start.mutable_options()->set_atoms(7);
  start.set_skip_bad_pictures(true);
  start.set_keep_active(true);
  start.set_expected_pictures(40);
  const absl::StatusOr<TrainingRequest> request = ToTrainingRequest(start, kSizes);
  ASSERT_THAT(request, testing::IsOk());
  EXPECT_EQ(request->category, "tile");
  EXPECT_EQ(request->options.learning.atoms, 7);
  EXPECT_TRUE(request->skip_bad_pictures);
  EXPECT_FALSE(request->activate);
  EXPECT_EQ(request->expected_pictures, 40);
}

TEST(ConvertTrainingTest, ANewVersionIsActivatedUnlessToldOtherwise) {
  v1::TrainRequest::Start start;
  start.set_category("tile");
  EXPECT_TRUE(ToTrainingRequest(start, kSizes)->activate);
}

TEST(ConvertTrainingTest, OutliersStayUnlessTheyAreToBeDropped) {
  v1::TrainRequest::Start start;
  start.set_category("tile");
  EXPECT_EQ(ToTrainingRequest(start, kSizes)->outliers, OutlierAction::kWarn);
  start.set_outliers(v1::WARN);
  EXPECT_EQ(ToTrainingRequest(start, kSizes)->outliers, OutlierAction::kWarn);
  start.set_outliers(v1::DROP);
  EXPECT_EQ(ToTrainingRequest(start, kSizes)->outliers, OutlierAction::kDrop);
  start.set_outliers(static_cast<v1::OutlierAction>(7));
  EXPECT_THAT(ToTrainingRequest(start, kSizes),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("outliers is 7")));
  v1::RecalibrateCategoryRequest::Start recalibration;
  recalibration.set_category("tile");
  recalibration.set_outliers(v1::DROP);
  EXPECT_EQ(ToTrainingRequest(recalibration, kSizes)->outliers, OutlierAction::kDrop);
}

TEST(ConvertTrainingTest, BadFieldsAreNamed) {
  v1::TrainRequest::Start start;
  start.set_category("../etc");
  EXPECT_THAT(ToTrainingRequest(start, kSizes),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("../etc")));
  start.set_category("tile");
  start.set_expected_pictures(-1);
  EXPECT_THAT(ToTrainingRequest(start, kSizes),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("expected_pictures is -1")));
  start.clear_expected_pictures();
  start.mutable_options()->set_epochs(0);
  EXPECT_THAT(ToTrainingRequest(start, kSizes),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("epochs is 0")));
}

TEST(ConvertTrainingTest, AnInputSizeThatTheServerDoesNotAllowIsRefused) {
  v1::TrainRequest::Start start;
  start.set_category("tile");
  start.mutable_options()->set_input_size(384);
  EXPECT_THAT(ToTrainingRequest(start, kSizes),
              StatusIs(absl::StatusCode::kInvalidArgument, AllOf(HasSubstr("384"), HasSubstr("256, 512"))));
}

TEST(ConvertTrainingTest, ProgressTellsPhaseCountsAndTimeLeft) {
  TrainingProgress progress;
  progress.phase = TrainingPhase::kLearning;
  progress.pictures_done = 3;
  progress.pictures_total = 8;
  progress.objective = 1.5;
  const v1::TrainResponse response = ToProto(progress, absl::Milliseconds(2500));
  EXPECT_EQ(response.progress().phase(), v1::TrainProgress::LEARNING);
  EXPECT_EQ(response.progress().pictures_done(), 3);
  EXPECT_EQ(response.progress().pictures_total(), 8);
  EXPECT_EQ(response.progress().objective(), 1.5);
  EXPECT_EQ(response.progress().seconds_left(), 2.5);
  EXPECT_LT(ToProto(progress, std::nullopt).progress().seconds_left(), 0);
}

TEST(ConvertTrainingTest, EveryPhaseHasItsName) {
  const std::pair<TrainingPhase, v1::TrainProgress::Phase> phases[] = {
      {TrainingPhase::kWaiting, v1::TrainProgress::WAITING},
      {TrainingPhase::kFeatures, v1::TrainProgress::FEATURES},
      {TrainingPhase::kLearning, v1::TrainProgress::LEARNING},
      {TrainingPhase::kStatistics, v1::TrainProgress::STATISTICS},
      {TrainingPhase::kCalibration, v1::TrainProgress::CALIBRATION},
      {TrainingPhase::kPublishing, v1::TrainProgress::PUBLISHING},
  };
  for (const auto& [core, wire] : phases) {
    TrainingProgress progress;
    progress.phase = core;
    EXPECT_EQ(ToProto(progress, std::nullopt).progress().phase(), wire);
  }
}

TEST(ConvertTrainingTest, AResultTellsTheVersion) {
  TrainedVersion trained;
  trained.version = 4;
  trained.manifest = testing::RandomBundle(testing::SmallOptions(), 1).manifest;
  trained.manifest.provenance.pictures = 30;
  trained.pictures_skipped = 2;
  trained.skipped = {{4, "PNG file is damaged"}};
  const v1::TrainResponse response = ToProto(trained, "");
  EXPECT_EQ(response.result().version().version(), 4);
  EXPECT_EQ(response.result().version().pictures(), 30);
  EXPECT_EQ(response.result().pictures_skipped(), 2);
  ASSERT_EQ(response.result().skipped_size(), 1);
  EXPECT_EQ(response.result().skipped(0).picture(), 4);
  EXPECT_EQ(response.result().skipped(0).error(), "PNG file is damaged");
}

TEST(ConvertTrainingTest, AResultTellsWhatWasNoticed) {
  TrainedVersion trained;
  trained.version = 1;
  trained.manifest = testing::RandomBundle(testing::SmallOptions(), 1).manifest;
  trained.findings.independent_pictures = 6;
  trained.findings.outliers.push_back({17, 6440, "scores 6440; the others' limit is 1825", true});
  trained.findings.notices = {{NoticeCode::kFewPictures, "guesses"},
                              {NoticeCode::kCopies, "copies"},
                              {NoticeCode::kNokOutOfReach, "far"}};
  const v1::TrainResult result = ToProto(trained, "").result();
  EXPECT_EQ(result.independent_pictures(), 6);
  ASSERT_EQ(result.outliers_size(), 1);
  EXPECT_EQ(result.outliers(0).picture(), 17);
  EXPECT_EQ(result.outliers(0).score(), 6440);
  EXPECT_EQ(result.outliers(0).reason(), "scores 6440; the others' limit is 1825");
  EXPECT_TRUE(result.outliers(0).dropped());
  ASSERT_EQ(result.notices_size(), 3);
  EXPECT_EQ(result.notices(0).code(), v1::Notice::FEW_PICTURES);
  EXPECT_EQ(result.notices(0).text(), "guesses");
  EXPECT_EQ(result.notices(1).code(), v1::Notice::COPIES);
  EXPECT_EQ(result.notices(2).code(), v1::Notice::NOK_OUT_OF_REACH);
}

}  // namespace
}  // namespace mlfsc
