#include "client/web/training_jobs.h"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/retry_hint.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/fake_stub.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc::client {
namespace {

using testing::FakeTraining;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class TrainingJobsTest : public ::testing::Test {
 protected:
  TrainingJobsTest() {
    jobs_ = std::make_unique<TrainingJobs>(Client(MakeConnection(stub_, {}, &clock_, [] { return 0.0; })),
                                           &clock_, TrainingJobs::Options());
  }

  static FakeTraining Learns(int64_t version) {
    FakeTraining training;
    training.responses.resize(2);
    training.responses[0].mutable_progress()->set_phase(v1::TrainProgress::LEARNING);
    training.responses[1].mutable_result()->mutable_version()->set_version(version);
    return training;
  }

  int64_t Begin(int pictures) {
    v1::TrainRequest::Start start;
    start.set_category("tile");
    const absl::StatusOr<int64_t> id = jobs_->Begin(start, pictures);
    EXPECT_THAT(id, testing::IsOk());
    return id.value_or(0);
  }

  // The job's own thread has the last word; it needs no time, only its turn.
  TrainingState AwaitDone(int64_t id) {
    while (true) {
      TrainingState state = *jobs_->Get(id);
      if (state.done) return state;
      std::this_thread::yield();
    }
  }

  testing::FakeClock clock_;
  std::shared_ptr<testing::FakeStub> stub_ = std::make_shared<testing::FakeStub>();
  std::unique_ptr<TrainingJobs> jobs_;
};

TEST_F(TrainingJobsTest, PicturesThatArriveOneByOneRideInOneCall) {
  stub_->on_train = [](int) { return Learns(3); };
  const int64_t id = Begin(2);
  EXPECT_THAT(jobs_->AddPicture(id, 0, "first"), testing::IsOk());
  EXPECT_THAT(jobs_->AddPicture(id, 1, "second"), testing::IsOk());
  const TrainingState state = AwaitDone(id);
  EXPECT_THAT(state.status, testing::IsOk());
  EXPECT_EQ(state.result.version().version(), 3);
  const std::vector<v1::TrainRequest> sent = stub_->trainings().at(0);
  ASSERT_THAT(sent, SizeIs(3));
  EXPECT_EQ(sent[0].start().category(), "tile");
  EXPECT_EQ(sent[0].start().expected_pictures(), 2);
  EXPECT_EQ(sent[1].picture().encoded(), "first");
  EXPECT_EQ(sent[2].picture().encoded(), "second");
}

TEST_F(TrainingJobsTest, ARecalibrationRidesLikeATraining) {
  stub_->on_recalibrate = [](int) { return Learns(4); };
  v1::RecalibrateCategoryRequest::Start start;
  start.set_category("tile");
  start.set_version(2);
  const absl::StatusOr<int64_t> id = jobs_->BeginRecalibration(start, 2);
  ASSERT_THAT(id, testing::IsOk());
  EXPECT_EQ(jobs_->Get(*id)->recalibrated_version, 2);
  EXPECT_THAT(jobs_->AddPicture(*id, 0, "first"), testing::IsOk());
  EXPECT_THAT(jobs_->AddPicture(*id, 1, "second"), testing::IsOk());
  const TrainingState state = AwaitDone(*id);
  EXPECT_THAT(state.status, testing::IsOk());
  EXPECT_EQ(state.result.version().version(), 4);
  EXPECT_THAT(stub_->trainings(), SizeIs(0));
  const std::vector<v1::RecalibrateCategoryRequest> sent = stub_->recalibrations().at(0);
  ASSERT_THAT(sent, SizeIs(3));
  EXPECT_EQ(sent[0].start().category(), "tile");
  EXPECT_EQ(sent[0].start().version(), 2);
  EXPECT_EQ(sent[0].start().expected_pictures(), 2);
  EXPECT_EQ(sent[2].picture().encoded(), "second");
}

TEST_F(TrainingJobsTest, ARepeatedPictureIsNotLearntTwice) {
  stub_->on_train = [](int) { return Learns(1); };
  const int64_t id = Begin(2);
  EXPECT_THAT(jobs_->AddPicture(id, 0, "first"), testing::IsOk());
  EXPECT_THAT(jobs_->AddPicture(id, 0, "first"), testing::IsOk());
  EXPECT_THAT(jobs_->AddPicture(id, 1, "second"), testing::IsOk());
  AwaitDone(id);
  EXPECT_THAT(stub_->trainings().at(0), SizeIs(3));
}

TEST_F(TrainingJobsTest, APictureThatSkipsOneIsRefused) {
  stub_->on_train = [](int) { return Learns(1); };
  const int64_t id = Begin(3);
  const absl::Status refused = jobs_->AddPicture(id, 1, "second");
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("picture 1 is not the next one, 0, of 3"));
}

TEST_F(TrainingJobsTest, OnePictureIsTooFew) {
  EXPECT_EQ(jobs_->Begin({}, 1).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(TrainingJobsTest, APageThatFallsSilentEndsItsTraining) {
  stub_->on_train = [](int) { return Learns(1); };
  const int64_t id = Begin(2);
  // The call's sender waits for the first picture.
  clock_.AwaitWaiters(1);
  clock_.Advance(absl::Seconds(61));
  const TrainingState state = AwaitDone(id);
  EXPECT_EQ(state.status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(state.status.message()), HasSubstr("no picture came for 1m; 0 of 2 were there"));
  EXPECT_EQ(jobs_->AddPicture(id, 0, "first").code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(TrainingJobsTest, StoppingEndsTheCall) {
  stub_->on_train = [](int) { return Learns(1); };
  const int64_t id = Begin(2);
  EXPECT_THAT(jobs_->Stop(id), testing::IsOk());
  EXPECT_EQ(AwaitDone(id).status.code(), absl::StatusCode::kCancelled);
}

TEST_F(TrainingJobsTest, TheServersWordEndsTheTraining) {
  stub_->on_train = [](int) {
    return FakeTraining{2, {}, absl::InvalidArgumentError("picture 0: not a picture")};
  };
  const int64_t id = Begin(2);
  EXPECT_THAT(jobs_->AddPicture(id, 0, "text"), testing::IsOk());
  (void)jobs_->AddPicture(id, 1, "text");
  const TrainingState state = AwaitDone(id);
  EXPECT_EQ(state.status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(state.status.message(), "picture 0: not a picture");
}

TEST_F(TrainingJobsTest, OnlySoManyRunAtOnce) {
  stub_->on_train = [](int) { return Learns(1); };
  Begin(2);
  const int64_t second = Begin(2);
  EXPECT_EQ(jobs_->Begin({}, 2).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(jobs_->Stop(second), testing::IsOk());
  AwaitDone(second);
  EXPECT_THAT(jobs_->Begin({}, 2), testing::IsOk());
}

TEST_F(TrainingJobsTest, ATrainingThatIsNotThereIsNotFound) {
  EXPECT_EQ(jobs_->Get(9).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(jobs_->Stop(9).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(jobs_->AddPicture(9, 0, "first").code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace mlfsc::client
