#include "server/train_call.h"

#include <gmock/gmock.h>

#include "core/base/retry_hint.h"
#include "tests/server/service_fixture.h"
#include "tests/testing/bundles.h"

namespace mlfsc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class TrainCallTest : public ServiceFixture {
 protected:
  void SetUp() override { Open({}); }

  void Open(const GrpcServerOptions& options) {
    Start(options);
    stream_ = stub_->Train(&context_);
  }

  void SendStart(const std::string& category = "tile") {
    v1::TrainRequest request;
    request.mutable_start()->set_category(category);
    stream_->Write(request);
  }
  void SendPicture(const std::string& bytes) {
    v1::TrainRequest request;
    request.mutable_picture()->set_encoded(bytes);
    stream_->Write(request);
  }
  // Reads to the stream's end.
  grpc::Status End() {
    v1::TrainResponse response;
    while (stream_->Read(&response)) {
    }
    return stream_->Finish();
  }

  static TrainedVersion SomeVersion() {
    TrainedVersion trained;
    trained.version = 5;
    trained.manifest = testing::RandomBundle(testing::SmallOptions(), 1).manifest;
    return trained;
  }
  static TrainingProgress Features(int64_t done) {
    TrainingProgress progress;
    progress.phase = TrainingPhase::kFeatures;
    progress.pictures_done = done;
    return progress;
  }

  Context context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::TrainRequest, v1::TrainResponse>> stream_;
};

TEST_F(TrainCallTest, PicturesGoInAndTheResultComesOut) {
  SendStart("cable");
  const auto run = backend_.AwaitRun();
  EXPECT_EQ(backend_.training_request().category, "cable");
  SendPicture("one");
  SendPicture("two");
  run->AwaitPictures(1);
  run->Next();
  EXPECT_THAT(run->AwaitPictures(2), ElementsAre("one", "two"));
  run->Next();
  stream_->WritesDone();
  run->AwaitFinish();
  run->Done(SomeVersion());
  v1::TrainResponse response;
  ASSERT_TRUE(stream_->Read(&response));
  EXPECT_EQ(response.result().version().version(), 5);
  EXPECT_TRUE(End().ok());
  EXPECT_EQ(HealthOf("category/cable"), Serving::SERVING);
}

TEST_F(TrainCallTest, ItsLineTellsThePhases) {
  SendStart("cable");
  const auto run = backend_.AwaitRun();
  clock_.Advance(absl::Milliseconds(200));
  run->Progress(Features(1));
  TrainingProgress learning;
  learning.phase = TrainingPhase::kLearning;
  clock_.Advance(absl::Milliseconds(30));
  run->Progress(learning);
  run->Done(absl::InternalError("out of luck"));
  End();
  server_->Drain(absl::ZeroDuration());
  EXPECT_THAT(log_.str(), HasSubstr("category=cable features_ms=200.0 learning_ms=30.0 error="));
}

TEST_F(TrainCallTest, ThePictureAfterNextIsNotReadBeforeThereIsRoom) {
  SendStart();
  const auto run = backend_.AwaitRun();
  SendPicture("one");
  SendPicture("two");
  run->AwaitPictures(1);
  // Long enough for a picture that was read too early: progress goes all the way to the client.
  run->Progress(Features(1));
  v1::TrainResponse response;
  ASSERT_TRUE(stream_->Read(&response));
  EXPECT_THAT(run->AwaitPictures(1), ElementsAre("one"));
  run->Next();
  EXPECT_THAT(run->AwaitPictures(2), ElementsAre("one", "two"));
  run->Done(absl::InternalError(""));
  End();
}

TEST_F(TrainCallTest, ProgressComesInOrderAndTheResultLast) {
  SendStart();
  const auto run = backend_.AwaitRun();
  for (int i = 1; i <= 1000; ++i) run->Progress(Features(i));
  run->Done(SomeVersion());
  int64_t last = 0;
  v1::TrainResponse response;
  bool result = false;
  while (stream_->Read(&response)) {
    EXPECT_FALSE(result);
    result = response.has_result();
    if (result) continue;
    EXPECT_GT(response.progress().pictures_done(), last);
    last = response.progress().pictures_done();
  }
  EXPECT_TRUE(result);
  EXPECT_GE(last, 1);
  EXPECT_TRUE(stream_->Finish().ok());
}

TEST_F(TrainCallTest, AClientThatGoesAwayCancelsTheTraining) {
  SendStart();
  const auto run = backend_.AwaitRun();
  SendPicture("one");
  run->AwaitPictures(1);
  run->Next();
  context_.TryCancel();
  run->AwaitCancel();
  EXPECT_EQ(End().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(TrainCallTest, AClientThatGoesAwayWhileItLearnsCancelsTheTraining) {
  SendStart();
  const auto run = backend_.AwaitRun();
  stream_->WritesDone();
  run->AwaitFinish();
  context_.TryCancel();
  run->AwaitCancel();
  End();
}

class SilentClientTest : public TrainCallTest {
 protected:
  void SetUp() override {
    GrpcServerOptions options;
    options.train_idle_timeout = absl::Milliseconds(1);
    Open(options);
  }
};

TEST_F(SilentClientTest, LosesItsTraining) {
  SendStart();
  const grpc::Status status = End();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_THAT(status.error_message(), HasSubstr("no message came for 1ms"));
}

TEST_F(TrainCallTest, AClientThatKeepsItWaitingAgainAndAgainLosesItInTheEnd) {
  SendStart();
  const auto run = backend_.AwaitRun();
  for (int i = 0; i < 59; ++i) {
    clock_.Advance(absl::Minutes(1));
    SendPicture("one");
    run->AwaitPictures(i + 1);
    // What the training takes for itself does not count.
    clock_.Advance(absl::Minutes(5));
    run->Next();
  }
  clock_.Advance(absl::Minutes(2));
  SendPicture("one");
  run->AwaitPictures(60);
  run->Next();
  const grpc::Status status = End();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_THAT(status.error_message(), HasSubstr("the Train waited 1h for its client, all messages together"));
  run->AwaitCancel();
}

TEST_F(TrainCallTest, RoomForAnotherPictureAfterTheEndIsNoMatter) {
  SendStart();
  const auto run = backend_.AwaitRun();
  SendPicture("one");
  run->AwaitPictures(1);
  run->Done(absl::InvalidArgumentError("picture 0: no picture"));
  EXPECT_EQ(End().error_message(), "picture 0: no picture");
  run->Next();
  run->Progress(Features(1));
}

TEST_F(TrainCallTest, ATrainingThatCannotStartEndsTheStream) {
  backend_.SetStartStatus(
      WithRetryDelay(absl::ResourceExhaustedError("1 training runs, the limit is 1"), absl::Seconds(5)));
  SendStart();
  const grpc::Status status = End();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_NE(status.error_details(), "");
}

TEST_F(TrainCallTest, TheFirstMessageMustBeTheStart) {
  SendPicture("one");
  const grpc::Status status = End();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("first message"));
}

TEST_F(TrainCallTest, AStreamWithoutAMessageIsAnError) {
  stream_->WritesDone();
  EXPECT_EQ(End().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(TrainCallTest, ASecondStartEndsTheTraining) {
  SendStart();
  const auto run = backend_.AwaitRun();
  SendStart();
  run->AwaitCancel();
  const grpc::Status status = End();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("message 2"));
}

TEST_F(TrainCallTest, APictureWithoutContentIsNamedByItsIndex) {
  SendStart();
  const auto run = backend_.AwaitRun();
  SendPicture("one");
  run->AwaitPictures(1);
  run->Next();
  v1::TrainRequest request;
  request.mutable_picture();
  stream_->Write(request);
  run->AwaitCancel();
  EXPECT_THAT(End().error_message(), HasSubstr("picture 1: "));
}

TEST_F(TrainCallTest, BadOptionsAreRefusedBeforeATrainingStarts) {
  v1::TrainRequest request;
  request.mutable_start()->set_category("tile");
  request.mutable_start()->mutable_options()->set_input_size(384);
  stream_->Write(request);
  const grpc::Status status = End();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("384"));
}

TEST_F(TrainCallTest, AnOversizedPictureCancelsTheTraining) {
  SendStart();
  const auto run = backend_.AwaitRun();
  SendPicture(std::string(GrpcServerOptions().max_message_bytes + 1, 'x'));
  run->AwaitCancel();
  EXPECT_EQ(End().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

}  // namespace
}  // namespace mlfsc
