#include "core/serving/feature_stage.h"

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/retry_hint.h"
#include "tests/testing/collected.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/recording_observer.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/stub_extractor.h"

namespace mlfsc {
namespace {

using testing::Collected;
using ::testing::ElementsAre;
using testing::Gate;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

constexpr int kInputSize = 96;

FeatureRequest MakeRequest(const std::string& category, float brightness = 0.5F) {
  FeatureRequest request;
  request.category = category;
  request.options.input_size = kInputSize;
  request.input.size = kInputSize;
  request.input.rgb.assign(size_t{3} * kInputSize * kInputSize, brightness);
  return request;
}

class FeatureStageTest : public ::testing::Test {
 protected:
  // The stage's options: no delay, so that the clock may stand still.
  FeatureStageTest() {
    options_.max_batch = 4;
    options_.max_batch_delay = absl::ZeroDuration();
    options_.queue_length = 4;
  }

  // The first pass waits for `gate_`.
  void HoldFirstPass() {
    extractor_.on_pass = [this, first = true](auto) mutable {
      if (!std::exchange(first, false)) return;
      began_.Open();
      gate_.Await();
    };
  }

  void Start() {
    stage_ = std::make_unique<FeatureStage>(options_, &extractor_, &clock_, on_thread_start_, &observer_);
  }

  void Submit(FeatureRequest request) {
    const std::string category = request.category;
    stage_->Submit(std::move(request), [this, category](absl::StatusOr<FeatureResult> result) {
      order_.Add(category);
      answers_.Add(std::move(result));
    });
  }

  testing::FakeClock clock_;
  testing::StubExtractor extractor_;
  testing::RecordingObserver observer_;
  FeatureStageOptions options_;
  std::function<void()> on_thread_start_;
  Gate began_;
  Gate gate_;
  Collected<std::string> order_;
  Collected<absl::StatusOr<FeatureResult>> answers_;
  std::unique_ptr<FeatureStage> stage_;
};

TEST_F(FeatureStageTest, PicturesOfAllCategoriesShareAPass) {
  HoldFirstPass();
  Start();
  Submit(MakeRequest("a"));
  began_.Await();
  for (const char* category : {"a", "b", "c"}) Submit(MakeRequest(category));
  gate_.Open();
  answers_.Await(4);
  EXPECT_THAT(extractor_.passes(), ElementsAre(1, 3));
  EXPECT_THAT(observer_.batches(), ElementsAre(1, 3));
}

TEST_F(FeatureStageTest, PicturesOfDifferentSizesRideApart) {
  HoldFirstPass();
  Start();
  Submit(MakeRequest("a"));
  began_.Await();
  Submit(MakeRequest("a"));
  FeatureRequest larger = MakeRequest("b");
  larger.options.input_size = larger.input.size = 128;
  larger.input.rgb.assign(size_t{3} * 128 * 128, 0.5F);
  Submit(std::move(larger));
  gate_.Open();
  answers_.Await(3);
  EXPECT_THAT(extractor_.passes(), ElementsAre(1, 1, 1));
}

TEST_F(FeatureStageTest, EachPictureGetsItsOwnFeatures) {
  HoldFirstPass();
  Start();
  Submit(MakeRequest("a", 0.1F));
  began_.Await();
  Submit(MakeRequest("b", 0.2F));
  Submit(MakeRequest("c", 0.3F));
  gate_.Open();
  const std::vector<absl::StatusOr<FeatureResult>> answers = answers_.Await(3);
  std::vector<float> brightness;
  for (const absl::StatusOr<FeatureResult>& answer : answers) {
    ASSERT_THAT(answer, IsOk());
    brightness.push_back(answer->features.maps[0].values[0]);
  }
  EXPECT_THAT(brightness, ElementsAre(0.1F, 0.2F, 0.3F));
  EXPECT_EQ(answers[0]->batch_size, 1);
  EXPECT_EQ(answers[1]->batch_size, 2);
}

TEST_F(FeatureStageTest, TimesAreThoseOfTheWaitAndOfThePass) {
  HoldFirstPass();
  Start();
  Submit(MakeRequest("a"));
  began_.Await();
  Submit(MakeRequest("b"));
  clock_.Advance(absl::Milliseconds(30));
  gate_.Open();
  const std::vector<absl::StatusOr<FeatureResult>> answers = answers_.Await(2);
  EXPECT_EQ(answers[0]->queued, absl::ZeroDuration());
  EXPECT_EQ(answers[0]->computed, absl::Milliseconds(30));
  EXPECT_EQ(answers[1]->queued, absl::Milliseconds(30));
  EXPECT_EQ(answers[1]->computed, absl::ZeroDuration());
}

TEST_F(FeatureStageTest, PixelsNeedNoBackboneAndNoWaiting) {
  HoldFirstPass();
  Start();
  Submit(MakeRequest("a"));
  began_.Await();
  FeatureRequest pixels = MakeRequest("p", 0.25F);
  pixels.options.source = FeatureSource::kPixels;
  Submit(std::move(pixels));
  // Before the gate opens.
  const std::vector<absl::StatusOr<FeatureResult>> answers = answers_.Await(1);
  ASSERT_THAT(answers[0], IsOk());
  EXPECT_EQ(answers[0]->features.maps[0].layer, "pixels");
  EXPECT_NEAR(answers[0]->features.maps[0].values[0], 0.25F, 1e-6);
  gate_.Open();
  answers_.Await(2);
  EXPECT_THAT(extractor_.passes(), ElementsAre(1));
}

TEST_F(FeatureStageTest, TheBackbonesErrorGoesToEveryPictureOfTheBatch) {
  HoldFirstPass();
  extractor_.failure = absl::InternalError("out of memory");
  Start();
  Submit(MakeRequest("a"));
  began_.Await();
  Submit(MakeRequest("a"));
  Submit(MakeRequest("b"));
  gate_.Open();
  for (const absl::StatusOr<FeatureResult>& answer : answers_.Await(3)) {
    EXPECT_THAT(answer, StatusIs(absl::StatusCode::kInternal, "out of memory"));
  }
}

TEST_F(FeatureStageTest, AFullQueueRefusesAtOnceAndSaysWhenToComeAgain) {
  HoldFirstPass();
  Start();
  Submit(MakeRequest("a"));
  began_.Await();
  for (int i = 0; i < 4; ++i) Submit(MakeRequest("a"));
  Submit(MakeRequest("a"));
  const std::vector<absl::StatusOr<FeatureResult>> answers = answers_.Await(1);
  EXPECT_THAT(answers[0], StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("limit is 4")));
  EXPECT_TRUE(RetryDelay(answers[0].status()).has_value());
  EXPECT_EQ(observer_.drops(Stage::kFeatures, DropReason::kFull), 1);
  EXPECT_EQ(observer_.depth(Stage::kFeatures), 4);
  gate_.Open();
  answers_.Await(6);
}

TEST_F(FeatureStageTest, WhatWouldBeRefusedIsKnownBefore) {
  HoldFirstPass();
  Start();
  Submit(MakeRequest("a"));
  began_.Await();
  const FeatureOptions options = MakeRequest("a").options;
  EXPECT_THAT(stage_->WouldRefuse("a", options, absl::InfiniteFuture()), IsOk());
  for (int i = 0; i < 4; ++i) Submit(MakeRequest("a"));
  EXPECT_THAT(stage_->WouldRefuse("a", options, absl::InfiniteFuture()),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("full")));
  FeatureOptions pixels = options;
  pixels.source = FeatureSource::kPixels;
  EXPECT_THAT(stage_->WouldRefuse("a", pixels, absl::InfiniteFuture()), IsOk());
  gate_.Open();
}

TEST_F(FeatureStageTest, CancelledAndExpiredPicturesCostNoPass) {
  HoldFirstPass();
  Start();
  Submit(MakeRequest("a"));
  began_.Await();
  FeatureRequest cancelled = MakeRequest("b");
  const auto cancellation = std::make_shared<Cancellation>();
  cancelled.cancellation = cancellation;
  Submit(std::move(cancelled));
  FeatureRequest expiring = MakeRequest("c");
  expiring.deadline = clock_.Now() + absl::Milliseconds(10);
  Submit(std::move(expiring));
  cancellation->Cancel();
  clock_.Advance(absl::Milliseconds(10));
  gate_.Open();
  const std::vector<absl::StatusOr<FeatureResult>> answers = answers_.Await(3);
  EXPECT_THAT(answers[1], StatusIs(absl::StatusCode::kCancelled, HasSubstr("features")));
  EXPECT_THAT(answers[2], StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("features")));
  EXPECT_EQ(observer_.drops(Stage::kFeatures, DropReason::kCancelled), 1);
  EXPECT_EQ(observer_.drops(Stage::kFeatures, DropReason::kExpired), 1);
  stage_.reset();
  EXPECT_THAT(extractor_.passes(), ElementsAre(1));
}

TEST_F(FeatureStageTest, TrainingPicturesRideAloneInTheirOrder) {
  HoldFirstPass();
  Start();
  Submit(MakeRequest("a"));
  began_.Await();
  for (const char* category : {"t1", "t2", "t3"}) {
    FeatureRequest training = MakeRequest(category);
    training.category = "t";
    training.lane = Lane::kTrain;
    stage_->Submit(std::move(training), [this, category](absl::StatusOr<FeatureResult> result) {
      order_.Add(category);
      answers_.Add(std::move(result));
    });
  }
  gate_.Open();
  EXPECT_THAT(order_.Await(4), ElementsAre("a", "t1", "t2", "t3"));
  EXPECT_THAT(extractor_.passes(), ElementsAre(1, 1, 1, 1));
}

TEST_F(FeatureStageTest, ATrainingsPassGivesWayToScores) {
  extractor_.before_giving_way = [this] {
    began_.Open();
    gate_.Await();
  };
  Start();
  FeatureRequest training = MakeRequest("t");
  training.lane = Lane::kTrain;
  Submit(std::move(training));
  began_.Await();
  Submit(MakeRequest("a"));
  Submit(MakeRequest("b"));
  gate_.Open();
  EXPECT_THAT(order_.Await(3), ElementsAre("a", "b", "t"));
  EXPECT_THAT(extractor_.passes(), ElementsAre(2, 1));
}

TEST_F(FeatureStageTest, ATrainingsPassEndsBetweenTwoPiecesWhenItIsCancelled) {
  extractor_.before_giving_way = [this] {
    began_.Open();
    gate_.Await();
  };
  Start();
  const auto cancellation = std::make_shared<Cancellation>();
  FeatureRequest training = MakeRequest("t");
  training.lane = Lane::kTrain;
  training.cancellation = cancellation;
  Submit(std::move(training));
  began_.Await();
  cancellation->Cancel();
  gate_.Open();
  EXPECT_THAT(answers_.Await(1)[0], StatusIs(absl::StatusCode::kCancelled, HasSubstr("computing features")));
  EXPECT_THAT(extractor_.passes(), ElementsAre());
}

TEST_F(FeatureStageTest, TheDestructorFinishesWhatIsQueued) {
  HoldFirstPass();
  Start();
  for (int i = 0; i < 4; ++i) Submit(MakeRequest("a"));
  began_.Await();
  gate_.Open();
  stage_.reset();
  for (const absl::StatusOr<FeatureResult>& answer : answers_.Await(4)) EXPECT_THAT(answer, IsOk());
}

TEST_F(FeatureStageTest, TheThreadsOwnSetUpComesBeforeTheFirstPass) {
  std::optional<std::thread::id> set_up;
  on_thread_start_ = [&set_up] { set_up = std::this_thread::get_id(); };
  std::optional<std::thread::id> passed;
  extractor_.on_pass = [&](auto) {
    EXPECT_TRUE(set_up.has_value());
    passed = std::this_thread::get_id();
  };
  Start();
  Submit(MakeRequest("a"));
  answers_.Await(1);
  stage_.reset();
  EXPECT_EQ(set_up, passed);
}

}  // namespace
}  // namespace mlfsc
