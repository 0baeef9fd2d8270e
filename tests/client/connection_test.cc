#include "client/connection.h"

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/client.h"
#include "core/base/retry_hint.h"
#include "tests/testing/fake_stub.h"
#include "tests/testing/self_advancing_clock.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc::client {
namespace {

using ::mlfsc::testing::FakeStub;
using ::mlfsc::testing::FakeTraining;
using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::SelfAdvancingClock;
using ::mlfsc::testing::StatusIs;
using ::testing::_;
using ::testing::ElementsAre;
using ::testing::SizeIs;

v1::Picture PictureOf(const std::string& bytes) {
  v1::Picture picture;
  picture.set_encoded(bytes);
  return picture;
}

v1::TrainResponse Progress(v1::TrainProgress::Phase phase, int done) {
  v1::TrainResponse response;
  response.mutable_progress()->set_phase(phase);
  response.mutable_progress()->set_pictures_done(done);
  return response;
}

v1::TrainResponse Result(int64_t version) {
  v1::TrainResponse response;
  response.mutable_result()->mutable_version()->set_version(version);
  return response;
}

Training TrainingOf(int pictures) {
  Training training;
  training.start.set_category("cloth");
  training.pictures = pictures;
  training.picture = [](int index) -> absl::StatusOr<v1::Picture> {
    return PictureOf(std::to_string(index));
  };
  return training;
}

class ConnectionTest : public ::testing::Test {
 protected:
  Client MakeClient() {
    return Client(MakeConnection(stub_, RetryOptions(), &clock_, [] { return 0.0; }));
  }

  SelfAdvancingClock clock_;
  std::shared_ptr<FakeStub> stub_ = std::make_shared<FakeStub>();
};

TEST_F(ConnectionTest, ScoreSendsThePictureAndReturnsTheInspection) {
  v1::ScoreRequest sent;
  stub_->on_score = [&](const v1::ScoreRequest& request) {
    sent = request;
    v1::ScoreResponse response;
    response.mutable_inspection()->set_verdict(v1::NOK);
    return response;
  };
  const absl::StatusOr<v1::Inspection> inspection = MakeClient().Score("cloth", PictureOf("png"), 7);
  ASSERT_THAT(inspection, IsOk());
  EXPECT_EQ(inspection->verdict(), v1::NOK);
  EXPECT_EQ(sent.category(), "cloth");
  EXPECT_EQ(sent.version(), 7);
  EXPECT_EQ(sent.picture().encoded(), "png");
}

TEST_F(ConnectionTest, ScoreRidesOutARestart) {
  int calls = 0;
  stub_->on_score = [&](const v1::ScoreRequest&) -> absl::StatusOr<v1::ScoreResponse> {
    if (++calls < 3) return absl::UnavailableError("shutting down");
    return v1::ScoreResponse();
  };
  EXPECT_THAT(MakeClient().Score("cloth", PictureOf("png")), IsOk());
  EXPECT_EQ(calls, 3);
}

TEST_F(ConnectionTest, EveryAttemptGetsWhatIsLeftOfTheCallsTime) {
  stub_->on_heatmap = [](const v1::HeatmapRequest&) -> absl::StatusOr<v1::HeatmapResponse> {
    return WithRetryDelay(absl::ResourceExhaustedError("queue full"), absl::Seconds(25));
  };
  EXPECT_THAT(MakeClient().Heatmap("cloth", PictureOf("png"), v1::HeatmapRequest::OVERLAY_PNG),
              StatusIs(absl::StatusCode::kResourceExhausted, "queue full"));
  EXPECT_THAT(stub_->timeouts(), ElementsAre(absl::Seconds(60), absl::Seconds(35), absl::Seconds(10)));
}

TEST_F(ConnectionTest, DeleteIsNotRepeated) {
  int calls = 0;
  stub_->on_delete = [&](const v1::DeleteVersionRequest&) -> absl::StatusOr<v1::Category> {
    ++calls;
    return absl::UnavailableError("connection lost");
  };
  EXPECT_THAT(MakeClient().DeleteVersion("cloth", 1), StatusIs(absl::StatusCode::kUnavailable, _));
  EXPECT_EQ(calls, 1);
}

TEST_F(ConnectionTest, TrainSendsTheStartAndThenThePicturesInOrder) {
  stub_->on_train = [](int) { return FakeTraining{100, {Result(1)}, absl::OkStatus()}; };
  ASSERT_THAT(MakeClient().Train(TrainingOf(3)), IsOk());
  ASSERT_THAT(stub_->trainings(), SizeIs(1));
  const std::vector<v1::TrainRequest> sent = stub_->trainings().front();
  ASSERT_THAT(sent, SizeIs(4));
  EXPECT_EQ(sent[0].start().category(), "cloth");
  EXPECT_EQ(sent[0].start().expected_pictures(), 3);
  EXPECT_EQ(sent[1].picture().encoded(), "0");
  EXPECT_EQ(sent[3].picture().encoded(), "2");
}

TEST_F(ConnectionTest, TrainTellsProgressAndReturnsTheResult) {
  stub_->on_train = [](int) {
    return FakeTraining{
        100,
        {Progress(v1::TrainProgress::FEATURES, 1), Progress(v1::TrainProgress::LEARNING, 2), Result(5)},
        absl::OkStatus()};
  };
  std::vector<int64_t> done;
  const absl::StatusOr<v1::TrainResult> result = MakeClient().Train(
      TrainingOf(2), [&](const v1::TrainProgress& progress) { done.push_back(progress.pictures_done()); });
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->version().version(), 5);
  EXPECT_THAT(done, ElementsAre(1, 2));
}

TEST_F(ConnectionTest, ATrainingThatTheServerHadNoPlaceForIsBegunAnew) {
  stub_->on_train = [](int call) {
    if (call == 0) {
      return FakeTraining{
          1, {}, WithRetryDelay(absl::ResourceExhaustedError("too many trainings"), absl::Seconds(2))};
    }
    return FakeTraining{100, {Result(1)}, absl::OkStatus()};
  };
  const absl::Time before = clock_.Now();
  EXPECT_THAT(MakeClient().Train(TrainingOf(2)), IsOk());
  EXPECT_EQ(clock_.Now() - before, absl::Seconds(2));
  ASSERT_THAT(stub_->trainings(), SizeIs(2));
  EXPECT_THAT(stub_->trainings()[1], SizeIs(3)) << "the start and both pictures, from the first";
}

TEST_F(ConnectionTest, ATrainingThatHadBegunIsNotRepeated) {
  stub_->on_train = [](int) {
    return FakeTraining{3, {Progress(v1::TrainProgress::FEATURES, 1)}, absl::UnavailableError("server died")};
  };
  EXPECT_THAT(MakeClient().Train(TrainingOf(2)), StatusIs(absl::StatusCode::kUnavailable, "server died"));
  EXPECT_THAT(stub_->trainings(), SizeIs(1));
}

TEST_F(ConnectionTest, AnUnreadablePictureCancelsTheTraining) {
  stub_->on_train = [](int) { return FakeTraining{100, {Result(1)}, absl::OkStatus()}; };
  Training training = TrainingOf(3);
  training.picture = [](int index) -> absl::StatusOr<v1::Picture> {
    if (index == 1) return absl::NotFoundError("b.png: no such file");
    return PictureOf("png");
  };
  EXPECT_THAT(MakeClient().Train(training), StatusIs(absl::StatusCode::kNotFound, "b.png: no such file"));
  EXPECT_THAT(stub_->trainings().front(), SizeIs(2));
}

TEST_F(ConnectionTest, AServerThatEndsATrainingEarlySaysWhy) {
  stub_->on_train = [](int) {
    return FakeTraining{2, {}, absl::InvalidArgumentError("picture 0: not a PNG, JPEG, BMP or TIFF file")};
  };
  EXPECT_THAT(MakeClient().Train(TrainingOf(50)),
              StatusIs(absl::StatusCode::kInvalidArgument, "picture 0: not a PNG, JPEG, BMP or TIFF file"));
}

TEST_F(ConnectionTest, ATrainingWithoutAResultIsAnError) {
  stub_->on_train = [](int) { return FakeTraining(); };
  EXPECT_THAT(MakeClient().Train(TrainingOf(1)), StatusIs(absl::StatusCode::kInternal, _));
}

TEST_F(ConnectionTest, CategoriesAreReadAndChanged) {
  v1::Category cloth;
  cloth.set_category("cloth");
  cloth.set_active_version(2);
  stub_->on_list = [&]() -> absl::StatusOr<v1::ListCategoriesResponse> {
    v1::ListCategoriesResponse response;
    *response.add_categories() = cloth;
    return response;
  };
  stub_->on_get = [&](const v1::GetCategoryRequest& request) -> absl::StatusOr<v1::Category> {
    EXPECT_EQ(request.category(), "cloth");
    return cloth;
  };
  stub_->on_activate = [&](const v1::ActivateVersionRequest& request) -> absl::StatusOr<v1::Category> {
    EXPECT_EQ(request.version(), 1);
    return cloth;
  };
  Client client = MakeClient();
  EXPECT_THAT(*client.ListCategories(), SizeIs(1));
  EXPECT_EQ(client.GetCategory("cloth")->active_version(), 2);
  EXPECT_THAT(client.ActivateVersion("cloth", 1), IsOk());
}

}  // namespace
}  // namespace mlfsc::client
