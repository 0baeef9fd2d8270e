#include "core/serving/training_run.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/retry_hint.h"
#include "core/coding/instruction_set.h"
#include "core/features/feature_extractor.h"
#include "core/image/input_picture.h"
#include "core/scoring/calibration.h"
#include "tests/testing/bundles.h"
#include "tests/testing/collected.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/raw_picture.h"
#include "tests/testing/recording_observer.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/stub_extractor.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc {
namespace {

using testing::Collected;
using ::testing::ElementsAre;
using testing::Gate;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOk;
using testing::RawPicture;
using testing::SmallOptions;
using testing::StatusIs;
using Outcome = absl::StatusOr<TrainedVersion>;

// A desk and what it works with; the clock stands still.
class TrainingRunTest : public ::testing::Test {
 protected:
  TrainingRunTest() {
    store_ = BundleStore::Open(folder_.path()).value();
    catalog_ = std::make_unique<Catalog>(store_.get(), extractor_.backbone_sha256(), &clock_);
    stage_options_.max_batch_delay = absl::ZeroDuration();
    for (unsigned i = 0; i < 6; ++i) pictures_.emplace_back(i);
    request_.category = "tile";
    request_.options = SmallOptions();
    backbone_options_ = DefaultOptions(FeatureSource::kPyramid, 96);
    backbone_options_.scoring.method = ScoreMethod::kSum;
    DefaultTopCounts(&backbone_options_);
  }

  void Start() {
    stage_ = std::make_unique<FeatureStage>(stage_options_, &extractor_, &clock_, nullptr, &observer_);
    desk_ = std::make_unique<TrainingDesk>(limits_, catalog_.get(), stage_.get(), &clock_, "test");
  }

  absl::StatusOr<std::shared_ptr<TrainingRun>> Begin(const TrainingRequest& request) {
    TrainingDesk::Events events;
    events.progress = [this](const TrainingProgress& progress) { progress_.Add(progress.phase); };
    events.done = [this](Outcome outcome) { outcomes_.Add(std::move(outcome)); };
    return desk_->Start(request, std::move(events));
  }

  // Adds a picture when there is room.
  static void Add(TrainingRun* run, const PictureBytes& bytes) {
    const auto room = std::make_shared<Gate>();
    run->AddPicture(bytes, [room] { room->Open(); });
    room->Await();
  }

  Outcome Train(const TrainingRequest& request) {
    const int before = outcomes_.size();
    const auto run = Begin(request).value();
    for (const RawPicture& picture : pictures_) Add(run.get(), picture.bytes());
    run->Finish();
    return outcomes_.Await(before + 1)[static_cast<size_t>(before)];
  }

  // Of all pictures, under a version learnt on pixels.
  std::vector<double> ScoresByHand(int64_t version, ResizeMethod resize) {
    const auto model = catalog_->Acquire(request_.category, version).value();
    std::vector<double> scores;
    for (const RawPicture& picture : pictures_) {
      const InputPicture input =
          MakeInputPicture(*Decode(picture.bytes(), {}), request_.options.features.input_size, resize);
      scores.push_back(model->Score(*model->Code(PixelFeatures(input), nullptr), nullptr).raw);
    }
    return scores;
  }

  std::vector<CategoryListing> Listed() { return catalog_->List().value(); }

  testing::TemporaryFolder folder_;
  testing::FakeClock clock_;
  testing::StubExtractor extractor_;
  testing::RecordingObserver observer_;
  FeatureStageOptions stage_options_;
  TrainingLimits limits_;
  TrainingRequest request_;
  CategoryOptions backbone_options_;
  std::vector<RawPicture> pictures_;
  Gate gate_;
  Collected<int> room_;
  Collected<TrainingPhase> progress_;
  Collected<Outcome> outcomes_;
  std::unique_ptr<BundleStore> store_;
  std::unique_ptr<Catalog> catalog_;
  std::unique_ptr<FeatureStage> stage_;
  std::unique_ptr<TrainingDesk> desk_;
};

TEST_F(TrainingRunTest, PicturesGoInAndAVersionComesOut) {
  Start();
  const Outcome outcome = Train(request_);
  ASSERT_THAT(outcome, IsOk());
  EXPECT_EQ(outcome->version, 1);
  EXPECT_EQ(outcome->manifest.provenance.pictures, 6);
  EXPECT_EQ(outcome->pictures_skipped, 0);
  EXPECT_THAT(catalog_->Acquire("tile", 0), IsOk());
  EXPECT_EQ(desk_->running(), 0);
}

TEST_F(TrainingRunTest, WhatIsOddAboutPicturesIsSaidWithTheFirstOfThem) {
  Start();
  const auto run = Begin(request_).value();
  std::string samples;
  for (int i = 0; i < 40 * 40; ++i) samples += {static_cast<char>(i * i % 251), static_cast<char>(i % 16)};
  RawPixels dark;
  dark.data = samples;
  dark.height = dark.width = 40;
  dark.channels = 1;
  dark.sample_type = SampleType::kUint16;
  Add(run.get(), pictures_[0].bytes());
  Add(run.get(), dark);
  Add(run.get(), pictures_[1].bytes());
  Add(run.get(), dark);
  run->Finish();
  const Outcome outcome = outcomes_.Await(1)[0];
  ASSERT_THAT(outcome, IsOk());
  ASSERT_EQ(outcome->picture_notices.size(), 1u);
  EXPECT_EQ(outcome->picture_notices[0].picture, 1);
  EXPECT_EQ(outcome->picture_notices[0].pictures, 2);
  EXPECT_NE(outcome->picture_notices[0].text.find("no sample above 4095"), std::string::npos);
}

TEST_F(TrainingRunTest, TheNewVersionNeedNotBeTheActiveOne) {
  Start();
  request_.activate = false;
  ASSERT_THAT(Train(request_), IsOk());
  EXPECT_THAT(catalog_->Acquire("tile", 0),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("active version")));
  EXPECT_THAT(catalog_->Acquire("tile", 1), IsOk());
}

TEST_F(TrainingRunTest, WhatNeedsTheBackboneRemembersIt) {
  Start();
  request_.options = backbone_options_;
  const Outcome outcome = Train(request_);
  ASSERT_THAT(outcome, IsOk());
  EXPECT_EQ(outcome->manifest.provenance.backbone_sha256, extractor_.backbone_sha256());
  EXPECT_EQ(outcome->manifest.provenance.precision, extractor_.arithmetic().precision);
  EXPECT_EQ(outcome->manifest.provenance.instruction_set, InstructionSet());
  EXPECT_EQ(outcome->manifest.provenance.convolution, extractor_.arithmetic().convolution);
  // Each picture rode alone.
  EXPECT_THAT(extractor_.passes(), ElementsAre(1, 1, 1, 1, 1, 1));
}

TEST_F(TrainingRunTest, PicturesAreResizedByTheMethodThatTheVersionKeeps) {
  Start();
  for (const ResizeMethod method : {ResizeMethod::kArea, ResizeMethod::kBilinear}) {
    request_.options.resize = method;
    request_.recalibrated_version.reset();
    const int64_t learnt = Train(request_)->version;
    // What the recalibration is asked for does not matter: the version has its own.
    request_.recalibrated_version = learnt;
    request_.options.resize = ResizeMethod::kArea;
    const Outcome recalibrated = Train(request_);
    ASSERT_THAT(recalibrated, IsOk());

    EXPECT_EQ(recalibrated->manifest.options.resize, method);
    EXPECT_EQ(recalibrated->manifest.calibration.log_mean,
              Calibrate(ScoresByHand(learnt, method), 0.01)->log_mean);
  }
}

TEST_F(TrainingRunTest, WhatWasDeletedMeanwhileDoesNotComeBack) {
  Start();
  ASSERT_THAT(Train(request_), IsOk());
  const auto run = Begin(request_).value();
  for (const RawPicture& picture : pictures_) Add(run.get(), picture.bytes());
  ASSERT_THAT(catalog_->DeleteCategory("tile"), IsOk());
  run->Finish();
  EXPECT_THAT(
      outcomes_.Await(2)[1],
      StatusIs(absl::StatusCode::kNotFound, HasSubstr("category tile was deleted while this training ran")));
  EXPECT_THAT(Listed(), IsEmpty());
  EXPECT_THAT(Train(request_), IsOk()) << "said anew";
}

TEST_F(TrainingRunTest, ABadPictureEndsTheTrainingAndIsNamed) {
  Start();
  const auto run = Begin(request_).value();
  Add(run.get(), pictures_[0].bytes());
  run->AddPicture(absl::string_view("no picture"), [] {});
  EXPECT_THAT(outcomes_.Await(1),
              ElementsAre(StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("picture 1: "))));
  EXPECT_THAT(Listed(), IsEmpty());
}

TEST_F(TrainingRunTest, BadPicturesAreSkippedAndCountedWhenAskedFor) {
  Start();
  request_.skip_bad_pictures = true;
  const auto run = Begin(request_).value();
  for (const RawPicture& picture : pictures_) {
    Add(run.get(), picture.bytes());
    Add(run.get(), absl::string_view("no picture"));
  }
  run->Finish();
  const Outcome outcome = outcomes_.Await(1)[0];
  ASSERT_THAT(outcome, IsOk());
  EXPECT_EQ(outcome->pictures_skipped, 6);
  ASSERT_EQ(outcome->skipped.size(), 6);
  for (size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(outcome->skipped[i].picture, 2 * static_cast<int64_t>(i) + 1);
    EXPECT_THAT(outcome->skipped[i].error, HasSubstr("PNG"));
  }
  EXPECT_EQ(outcome->manifest.provenance.pictures, 6);
}

TEST_F(TrainingRunTest, APictureThatTheServerCouldNotDecodeNowIsNotSkippedAsABadOne) {
  class NoMemory : public FileDecoder {
    absl::StatusOr<Image> Decode(const EncodedPicture&) override {
      return absl::ResourceExhaustedError("no memory");
    }
  };
  static NoMemory& decoder = *new NoMemory;
  limits_.decoder = &decoder;
  Start();
  request_.skip_bad_pictures = true;
  const auto run = Begin(request_).value();
  run->AddPicture(absl::string_view("a file"), [] {});
  EXPECT_THAT(outcomes_.Await(1),
              ElementsAre(StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("picture 0: no memory"))));
  EXPECT_THAT(Listed(), IsEmpty());
}

TEST_F(TrainingRunTest, OutliersAreNumberedAsTheClientSentThem) {
  Start();
  request_.skip_bad_pictures = true;
  for (const OutlierAction action : {OutlierAction::kWarn, OutlierAction::kDrop}) {
    request_.outliers = action;
    const auto run = Begin(request_).value();
    Add(run.get(), absl::string_view("no picture"));
    for (const RawPicture& picture : pictures_) Add(run.get(), picture.bytes());
    const std::string black(3 * 32 * 32, '\0');
    Add(run.get(), RawPixels{black, 32, 32, 3, SampleType::kUint8});
    run->Finish();
    const Outcome outcome = outcomes_.Await(action == OutlierAction::kWarn ? 1 : 2).back();
    ASSERT_THAT(outcome, IsOk());
    ASSERT_EQ(outcome->findings.outliers.size(), 1);
    EXPECT_EQ(outcome->findings.outliers[0].picture, 7);
    EXPECT_EQ(outcome->findings.outliers[0].dropped, action == OutlierAction::kDrop);
    EXPECT_EQ(outcome->manifest.provenance.pictures, action == OutlierAction::kDrop ? 6 : 7);
    EXPECT_EQ(outcome->manifest.provenance.outliers, action);
  }
}

TEST_F(TrainingRunTest, CopiesOfOnePictureEndTheTraining) {
  Start();
  const auto run = Begin(request_).value();
  for (int i = 0; i < 3; ++i) Add(run.get(), pictures_[0].bytes());
  run->Finish();
  EXPECT_THAT(outcomes_.Await(1),
              ElementsAre(StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("copies of one"))));
  EXPECT_THAT(Listed(), IsEmpty());
}

TEST_F(TrainingRunTest, ThereIsNoRoomForAPictureWhileEarlierOnesWaitForTheBackbone) {
  extractor_.on_pass = [this](auto) { gate_.Await(); };
  Start();
  request_.options = backbone_options_;
  const auto run = Begin(request_).value();
  for (int i = 0; i < 3; ++i) {
    run->AddPicture(pictures_[static_cast<size_t>(i)].bytes(), [this, i] { room_.Add(i); });
  }
  // Three are on their way; a fourth is not asked for.
  EXPECT_THAT(room_.Await(2), ElementsAre(0, 1));
  gate_.Open();
  EXPECT_THAT(room_.Await(3), ElementsAre(0, 1, 2));
  run->Cancel();
  outcomes_.Await(1);
}

TEST_F(TrainingRunTest, TheTrainingAboveTheLimitIsToldSoAndWhenToComeAgain) {
  limits_.max_trainings = 2;
  Start();
  std::vector<std::shared_ptr<TrainingRun>> runs;
  for (const char* category : {"a", "b"}) {
    request_.category = category;
    runs.push_back(Begin(request_).value());
  }
  EXPECT_EQ(desk_->running(), 2);
  request_.category = "c";
  const absl::Status refused = Begin(request_).status();
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("2")));
  EXPECT_TRUE(RetryDelay(refused).has_value());
  runs[0]->Cancel();
  outcomes_.Await(1);
  // Its place is free by the time it is over.
  EXPECT_THAT(Begin(request_), IsOk());
}

TEST_F(TrainingRunTest, ACategoryIsLearntOnceAtATime) {
  limits_.max_trainings = 2;
  Start();
  const auto run = Begin(request_).value();
  EXPECT_THAT(Begin(request_), StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("tile")));
}

TEST_F(TrainingRunTest, ACancelledTrainingLeavesNothing) {
  Start();
  const auto run = Begin(request_).value();
  for (const RawPicture& picture : pictures_) Add(run.get(), picture.bytes());
  run->Cancel();
  EXPECT_THAT(outcomes_.Await(1),
              ElementsAre(StatusIs(absl::StatusCode::kCancelled, HasSubstr("cancelled"))));
  EXPECT_THAT(Listed(), IsEmpty());
  // Whatever comes after the end is no matter.
  run->AddPicture(pictures_[0].bytes(), [] {});
  run->Finish();
  run->Cancel();
  EXPECT_EQ(outcomes_.size(), 1);
}

TEST_F(TrainingRunTest, ATrainingCanBeCancelledWhileItLearns) {
  Start();
  TrainingDesk::Events events;
  std::shared_ptr<TrainingRun> run;
  Gate begun;
  events.progress = [&](const TrainingProgress& progress) {
    if (progress.phase != TrainingPhase::kLearning) return;
    begun.Await();
    run->Cancel();
  };
  events.done = [this](Outcome outcome) { outcomes_.Add(std::move(outcome)); };
  run = desk_->Start(request_, std::move(events)).value();
  for (const RawPicture& picture : pictures_) Add(run.get(), picture.bytes());
  run->Finish();
  begun.Open();
  EXPECT_THAT(outcomes_.Await(1),
              ElementsAre(StatusIs(absl::StatusCode::kCancelled, HasSubstr("cancelled"))));
  EXPECT_THAT(Listed(), IsEmpty());
}

TEST_F(TrainingRunTest, AClientThatIsGoneBeforeItsEndCancels) {
  Start();
  auto run = Begin(request_).value();
  Add(run.get(), pictures_[0].bytes());
  run.reset();
  EXPECT_THAT(outcomes_.Await(1),
              ElementsAre(StatusIs(absl::StatusCode::kCancelled, HasSubstr("cancelled"))));
}

TEST_F(TrainingRunTest, AfterShutdownWhatRunsGoesOnAndNothingNewBegins) {
  limits_.max_trainings = 2;
  Start();
  const auto run = Begin(request_).value();
  desk_->Shutdown();
  request_.category = "late";
  EXPECT_THAT(Begin(request_), StatusIs(absl::StatusCode::kUnavailable, HasSubstr("shutting down")));
  for (const RawPicture& picture : pictures_) Add(run.get(), picture.bytes());
  run->Finish();
  EXPECT_THAT(outcomes_.Await(1), ElementsAre(IsOk()));
}

TEST_F(TrainingRunTest, CancelAllEndsWhatRuns) {
  Start();
  const auto run = Begin(request_).value();
  desk_->CancelAll();
  EXPECT_THAT(outcomes_.Await(1),
              ElementsAre(StatusIs(absl::StatusCode::kCancelled, HasSubstr("cancelled"))));
}

TEST_F(TrainingRunTest, TheBackbonesErrorNamesThePicture) {
  extractor_.failure = absl::InternalError("out of memory");
  Start();
  request_.options = backbone_options_;
  const auto run = Begin(request_).value();
  run->AddPicture(pictures_[0].bytes(), [] {});
  EXPECT_THAT(outcomes_.Await(1),
              ElementsAre(StatusIs(absl::StatusCode::kInternal, HasSubstr("picture 0: out of memory"))));
}

}  // namespace
}  // namespace mlfsc
