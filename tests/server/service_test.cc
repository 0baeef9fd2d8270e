#include "server/service.h"

#include <thread>

#include <gmock/gmock.h>

#include "core/base/retry_hint.h"
#include "google/rpc/status.pb.h"
#include "tests/server/service_fixture.h"
#include "tests/testing/bundles.h"

namespace mlfsc {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

class ServiceTest : public ServiceFixture {
 protected:
  // Sends a Score and answers it with `answer`.
  grpc::Status Score(const v1::ScoreRequest& request, absl::StatusOr<Inspection> answer,
                     v1::ScoreResponse* response) {
    grpc::Status status;
    Context context;
    std::thread client([&] { status = stub_->Score(&context, request, response); });
    backend_.AwaitInspection().done(std::move(answer));
    client.join();
    return status;
  }
};

TEST_F(ServiceTest, AScoreReachesTheBackendAsItWasSent) {
  Start();
  v1::ScoreRequest request = SomeRequest();
  request.set_version(3);
  Context context;
  v1::ScoreResponse response;
  std::thread client([&] { stub_->Score(&context, request, &response); });
  const testing::FakeBackend::PendingInspection pending = backend_.AwaitInspection();
  EXPECT_EQ(pending.request.category, "tile");
  EXPECT_EQ(pending.request.version, 3);
  EXPECT_EQ(std::get<EncodedPicture>(pending.request.picture).bytes, "bytes");
  EXPECT_FALSE(pending.request.heatmap.has_value());
  pending.done(absl::InternalError(""));
  client.join();
}

TEST_F(ServiceTest, WhatWasFoundIsTheReply) {
  Start();
  Inspection inspection;
  inspection.model =
      CategoryModel::Make("tile", 3, testing::RandomBundle(testing::SmallOptions(), 1)).value();
  inspection.score.raw = 7.5;
  v1::ScoreResponse response;
  EXPECT_TRUE(Score(SomeRequest(), std::move(inspection), &response).ok());
  EXPECT_EQ(response.inspection().category(), "tile");
  EXPECT_EQ(response.inspection().version(), 3);
  EXPECT_EQ(response.inspection().raw_score(), 7.5);
}

TEST_F(ServiceTest, AnErrorOfTheBackendIsTheReply) {
  Start();
  v1::ScoreResponse response;
  const grpc::Status status = Score(SomeRequest(), absl::NotFoundError("no category tile"), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(status.error_message(), "no category tile");
}

TEST_F(ServiceTest, ARefusalThatGoesAwayCarriesRetryInfo) {
  Start();
  v1::ScoreResponse response;
  const grpc::Status status =
      Score(SomeRequest(), WithRetryDelay(absl::ResourceExhaustedError("full"), absl::Seconds(1)), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(status.error_details()));
  EXPECT_EQ(details.details_size(), 1);
}

TEST_F(ServiceTest, ABadRequestNeverReachesTheBackend) {
  Start();
  v1::ScoreRequest request = SomeRequest();
  request.set_category("../tile");
  Context context;
  v1::ScoreResponse response;
  const grpc::Status status = stub_->Score(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("../tile"));
}

TEST_F(ServiceTest, AHeatmapIsDrawnInTheFormatAskedFor) {
  Start();
  v1::HeatmapRequest request;
  request.set_category("tile");
  request.mutable_picture()->set_encoded("bytes");
  request.set_format(v1::HeatmapRequest::FLOAT32_MAP);
  Context context;
  v1::HeatmapResponse response;
  grpc::Status status;
  std::thread client([&] { status = stub_->Heatmap(&context, request, &response); });
  const testing::FakeBackend::PendingInspection pending = backend_.AwaitInspection();
  EXPECT_EQ(pending.request.heatmap, HeatmapFormat::kFloat32);
  Inspection inspection;
  inspection.model =
      CategoryModel::Make("tile", 3, testing::RandomBundle(testing::SmallOptions(), 1)).value();
  inspection.map = "map";
  pending.done(std::move(inspection));
  client.join();
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(response.map(), "map");
  EXPECT_EQ(response.format(), v1::HeatmapRequest::FLOAT32_MAP);
}

TEST_F(ServiceTest, ACallWithoutADeadlineGetsTheServers) {
  GrpcServerOptions options;
  options.calls.default_deadline = absl::Seconds(7);
  Start(options);
  grpc::ClientContext context;
  v1::ScoreResponse response;
  std::thread client([&] { stub_->Score(&context, SomeRequest(), &response); });
  const testing::FakeBackend::PendingInspection pending = backend_.AwaitInspection();
  EXPECT_EQ(pending.request.deadline, clock_.Now() + absl::Seconds(7));
  pending.done(absl::InternalError(""));
  client.join();
}

TEST_F(ServiceTest, TheClientsDeadlineCountsByTheServersClock) {
  Start();
  Context context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::hours(1));
  v1::ScoreResponse response;
  std::thread client([&] { stub_->Score(&context, SomeRequest(), &response); });
  const testing::FakeBackend::PendingInspection pending = backend_.AwaitInspection();
  // Less the time that the request took, and rounded as the wire does.
  EXPECT_LT(absl::AbsDuration(pending.request.deadline - (clock_.Now() + absl::Hours(1))), absl::Minutes(1));
  pending.done(absl::InternalError(""));
  client.join();
}

TEST_F(ServiceTest, AClientThatGoesAwayCancelsItsPicture) {
  Start();
  Context context;
  v1::ScoreResponse response;
  std::thread client([&] { stub_->Score(&context, SomeRequest(), &response); });
  const testing::FakeBackend::PendingInspection pending = backend_.AwaitInspection();
  EXPECT_FALSE(pending.request.cancellation->cancelled());
  context.TryCancel();
  while (!pending.request.cancellation->cancelled()) std::this_thread::yield();
  pending.done(absl::CancelledError(""));
  client.join();
}

TEST_F(ServiceTest, CategoriesAreListed) {
  Start();
  backend_.AddCategory("cable", 0);
  backend_.AddCategory("tile", 2);
  Context context;
  v1::ListCategoriesResponse response;
  EXPECT_TRUE(stub_->ListCategories(&context, {}, &response).ok());
  ASSERT_EQ(response.categories_size(), 2);
  EXPECT_EQ(response.categories(0).category(), "cable");
  EXPECT_EQ(response.categories(1).active_version(), 2);
}

TEST_F(ServiceTest, AnUnknownCategoryIsNotFound) {
  Start();
  Context context;
  v1::GetCategoryRequest request;
  request.set_category("cable");
  v1::Category response;
  EXPECT_EQ(stub_->GetCategory(&context, request, &response).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(ServiceTest, ACategoryThatIsActivatedServes) {
  Start();
  backend_.AddCategory("cable", 0);
  EXPECT_EQ(HealthOf("category/cable"), Serving::UNKNOWN);
  Context context;
  v1::ActivateVersionRequest request;
  request.set_category("cable");
  request.set_version(4);
  v1::Category response;
  EXPECT_TRUE(stub_->ActivateVersion(&context, request, &response).ok());
  EXPECT_EQ(response.active_version(), 4);
  EXPECT_EQ(HealthOf("category/cable"), Serving::SERVING);
}

TEST_F(ServiceTest, VersionsCountFromOne) {
  Start();
  v1::Category response;
  {
    Context context;
    v1::ActivateVersionRequest request;
    request.set_category("tile");
    const grpc::Status status = stub_->ActivateVersion(&context, request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_THAT(status.error_message(), HasSubstr("version is 0"));
  }
  Context context;
  v1::DeleteVersionRequest request;
  request.set_category("tile");
  request.set_version(-1);
  EXPECT_THAT(stub_->DeleteVersion(&context, request, &response).error_message(), HasSubstr("version is -1"));
}

TEST_F(ServiceTest, WhatTheStoreRefusesIsTheReply) {
  Start();
  Context context;
  v1::DeleteVersionRequest request;
  request.set_category("tile");
  request.set_version(1);
  v1::Category response;
  EXPECT_EQ(stub_->DeleteVersion(&context, request, &response).error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(ServiceTest, ADeletedCategoryServesNoMore) {
  Start();
  backend_.AddCategory("tile", 1);
  v1::DeleteCategoryRequest request;
  v1::DeleteCategoryResponse response;
  request.set_category("tile");
  {
    Context context;
    EXPECT_TRUE(stub_->DeleteCategory(&context, request, &response).ok());
  }
  EXPECT_EQ(HealthOf("category/tile"), Serving::UNKNOWN);
  Context context;
  EXPECT_EQ(stub_->DeleteCategory(&context, request, &response).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(ServiceTest, ANewThresholdIsANewVersionThatAnswers) {
  Start();
  backend_.AddCategory("tile", 3);
  Context context;
  v1::SetThresholdRequest request;
  request.set_category("tile");
  request.set_version(2);
  request.set_threshold(7.5);
  v1::Category response;
  EXPECT_TRUE(stub_->SetThreshold(&context, request, &response).ok());
  EXPECT_EQ(response.active_version(), 4);
  EXPECT_EQ(backend_.threshold_request().version, 2);
  EXPECT_EQ(std::get<RawThreshold>(backend_.threshold_request().limit).score, 7.5);
}

TEST_F(ServiceTest, AThresholdThatIsNoneIsRefused) {
  Start();
  Context context;
  v1::SetThresholdRequest request;
  request.set_category("tile");
  v1::Category response;
  const grpc::Status status = stub_->SetThreshold(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("false_alarm_rate"));
}

TEST_F(ServiceTest, AnswersAreCountedByCategory) {
  Start();
  backend_.AddCategory("tile", 1);
  Inspection inspection;
  inspection.model =
      CategoryModel::Make("tile", 3, testing::RandomBundle(testing::SmallOptions(), 1)).value();
  inspection.score.raw = 2 * inspection.model->manifest().calibration.threshold;
  inspection.normalised = 0.93;
  inspection.verdict = Verdict::kNok;
  v1::ScoreResponse scored;
  ASSERT_TRUE(Score(SomeRequest(), std::move(inspection), &scored).ok());
  ASSERT_FALSE(Score(SomeRequest(), absl::InternalError(""), &scored).ok());
  for (const char* category : {"", "tile"}) {
    Context context;
    v1::GetStatisticsRequest request;
    request.set_category(category);
    v1::GetStatisticsResponse response;
    ASSERT_TRUE(stub_->GetStatistics(&context, request, &response).ok());
    ASSERT_EQ(response.categories_size(), 1);
    const v1::CategoryStatistics& tile = response.categories(0);
    EXPECT_EQ(tile.category(), "tile");
    EXPECT_EQ(tile.ok() + tile.review(), 0);
    EXPECT_EQ(tile.nok(), 1);
    EXPECT_EQ(tile.score_histogram(18), 1);
    ASSERT_EQ(tile.minutes_size(), 1);
    EXPECT_EQ(tile.minutes(0).flagged(), 1);
    EXPECT_EQ(tile.minutes(0).mean_normalized_score(), 0.93);
  }
}

TEST_F(ServiceTest, StatisticsTellQueuesAndTrainings) {
  metrics_.OnQueueCapacity(Stage::kFeatures, 32);
  metrics_.OnQueueDepth(Stage::kFeatures, 5);
  metrics_.OnTrainingStarted();
  Start();
  Context context;
  v1::GetStatisticsResponse response;
  ASSERT_TRUE(stub_->GetStatistics(&context, {}, &response).ok());
  EXPECT_EQ(response.start_time().seconds(), absl::ToUnixSeconds(clock_.WallNow()));
  ASSERT_EQ(response.queues_size(), 4);
  EXPECT_EQ(response.queues(1).stage(), "features");
  EXPECT_EQ(response.queues(1).waiting(), 5);
  EXPECT_EQ(response.queues(1).capacity(), 32);
  EXPECT_EQ(response.trainings(), 1);
}

TEST_F(ServiceTest, ACategoryThatIsThereAndWasNeverAskedForHasEmptyStatistics) {
  Start();
  backend_.AddCategory("tile", 1);
  v1::GetStatisticsRequest request;
  v1::GetStatisticsResponse response;
  {
    Context context;
    request.set_category("tile");
    ASSERT_TRUE(stub_->GetStatistics(&context, request, &response).ok());
    ASSERT_EQ(response.categories_size(), 1);
    EXPECT_EQ(response.categories(0).score_histogram_size(), 20);
  }
  {
    Context context;
    request.set_category("cable");
    EXPECT_EQ(stub_->GetStatistics(&context, request, &response).error_code(), grpc::StatusCode::NOT_FOUND);
  }
  Context context;
  request.set_category("../cable");
  EXPECT_EQ(stub_->GetStatistics(&context, request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(ServiceTest, TheRequestIdComesBackAndStandsInTheLog) {
  Start();
  Context context;
  context.AddMetadata("x-request-id", "line-7.42");
  v1::ListCategoriesResponse response;
  stub_->ListCategories(&context, {}, &response);
  const auto found = context.GetServerInitialMetadata().find("x-request-id");
  ASSERT_NE(found, context.GetServerInitialMetadata().end());
  EXPECT_EQ(found->second, "line-7.42");
  server_->Drain(absl::ZeroDuration());
  EXPECT_THAT(log_.str(), HasSubstr("method=ListCategories code=OK"));
  EXPECT_THAT(log_.str(), HasSubstr("request_id=line-7.42"));
}

TEST_F(ServiceTest, ARequestIdThatCouldForgeALogLineIsReplaced) {
  Start();
  Context context;
  context.AddMetadata("x-request-id", "a b=c");
  v1::ListCategoriesResponse response;
  stub_->ListCategories(&context, {}, &response);
  const auto found = context.GetServerInitialMetadata().find("x-request-id");
  ASSERT_NE(found, context.GetServerInitialMetadata().end());
  EXPECT_EQ(std::string(found->second.data(), found->second.size()).find('='), std::string::npos);
}

TEST_F(ServiceTest, TheLineOfAScoreTellsWhatWasFoundAndWhereTheTimeWent) {
  Start();
  Inspection inspection;
  inspection.model =
      CategoryModel::Make("tile", 3, testing::RandomBundle(testing::SmallOptions(), 1)).value();
  inspection.normalised = 0.75;
  inspection.verdict = Verdict::kReview;
  inspection.times.decode = absl::Milliseconds(1);
  inspection.times.queue = absl::Milliseconds(2);
  inspection.times.features = absl::Milliseconds(90);
  inspection.times.coding = absl::Milliseconds(4);
  inspection.times.scoring = absl::Milliseconds(5);
  v1::ScoreResponse response;
  ASSERT_TRUE(Score(SomeRequest(), std::move(inspection), &response).ok());
  server_->Drain(absl::ZeroDuration());
  EXPECT_THAT(log_.str(),
              HasSubstr("category=tile version=3 verdict=REVIEW score=0.75 decode_ms=1.0 queue_ms=2.0 "
                        "features_ms=90.0 coding_ms=4.0 scoring_ms=5.0 encode_ms=0.0"));
  EXPECT_THAT(log_.str(), Not(HasSubstr("bytes")));
}

TEST_F(ServiceTest, TheLineOfAScoreThatFailedTellsTheStagesItCameTo) {
  Start();
  grpc::Status status;
  v1::ScoreResponse response;
  Context context;
  std::thread client([&] { status = stub_->Score(&context, SomeRequest(), &response); });
  const testing::FakeBackend::PendingInspection pending = backend_.AwaitInspection();
  ASSERT_NE(pending.request.times, nullptr);
  pending.request.times->decode = absl::Milliseconds(1);
  pending.request.times->queue = absl::Milliseconds(40);
  pending.done(absl::DeadlineExceededError("the deadline passed"));
  client.join();
  server_->Drain(absl::ZeroDuration());
  EXPECT_THAT(log_.str(),
              HasSubstr("category=tile decode_ms=1.0 queue_ms=40.0 error=\"the deadline passed\""));
  EXPECT_THAT(log_.str(), Not(HasSubstr("features_ms")));
}

TEST_F(ServiceTest, TheLineOfEveryMethodTellsTheCategoryIfItIsOne) {
  Start();
  v1::Category response;
  {
    Context context;
    v1::GetCategoryRequest request;
    request.set_category("never-learnt");
    stub_->GetCategory(&context, request, &response);
  }
  {
    Context context;
    v1::ActivateVersionRequest request;
    request.set_category("tile");
    request.set_version(4);
    stub_->ActivateVersion(&context, request, &response);
  }
  {
    Context context;
    v1::ScoreRequest request = SomeRequest();
    request.clear_picture();
    v1::ScoreResponse none;
    stub_->Score(&context, request, &none);
  }
  {
    Context context;
    v1::DeleteVersionRequest request;
    request.set_category(std::string(5000, '/'));
    stub_->DeleteVersion(&context, request, &response);
  }
  server_->Drain(absl::ZeroDuration());
  EXPECT_THAT(log_.str(), ContainsRegex("method=GetCategory code=NOT_FOUND .* category=never-learnt "));
  EXPECT_THAT(log_.str(), ContainsRegex("method=ActivateVersion code=OK .* category=tile\n"));
  EXPECT_THAT(log_.str(), ContainsRegex("method=Score code=INVALID_ARGUMENT .* category=tile "));
  EXPECT_THAT(log_.str(), Not(HasSubstr("category=/")));
}

TEST_F(ServiceTest, TheCallersTraceStandsInTheLog) {
  Start();
  v1::ListCategoriesResponse response;
  {
    Context context;
    context.AddMetadata("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    stub_->ListCategories(&context, {}, &response);
  }
  Context context;
  context.AddMetadata("traceparent", "00-0af7-b7ad-01");
  EXPECT_TRUE(stub_->ListCategories(&context, {}, &response).ok());
  server_->Drain(absl::ZeroDuration());
  EXPECT_THAT(log_.str(), HasSubstr("trace_id=0af7651916cd43dd8448eb211c80319c parent_id=b7ad6b7169203331"));
  EXPECT_THAT(log_.str(), Not(HasSubstr("0af7 ")));
}

TEST_F(ServiceTest, AFloodIsCountedInsteadOfShown) {
  GrpcServerOptions options;
  options.calls.log_calls_per_second = 2;
  Start(options);
  v1::ListCategoriesResponse response;
  v1::Category category;
  for (int i = 0; i < 7; ++i) {
    Context context;
    stub_->ListCategories(&context, {}, &response);
  }
  {
    Context context;
    stub_->GetCategory(&context, {}, &category);
  }
  clock_.Advance(absl::Seconds(2));
  {
    Context context;
    stub_->ListCategories(&context, {}, &response);
  }
  server_->Drain(absl::ZeroDuration());
  const std::string log = log_.str();
  size_t shown = 0;
  for (size_t at = 0; (at = log.find("method=ListCategories", at)) != std::string::npos; ++at) ++shown;
  EXPECT_EQ(shown, 3u);
  EXPECT_THAT(log, HasSubstr("calls not shown count=5 outcome=ok limit_per_second=2"));
  // The failed one is not lost among those that succeeded.
  EXPECT_THAT(log, HasSubstr("method=GetCategory"));
}

TEST_F(ServiceTest, WhatWasNotShownIsToldAtTheEnd) {
  GrpcServerOptions options;
  options.calls.log_calls_per_second = 1;
  Start(options);
  v1::ListCategoriesResponse response;
  for (int i = 0; i < 4; ++i) {
    Context context;
    stub_->ListCategories(&context, {}, &response);
  }
  server_->Drain(absl::ZeroDuration());
  EXPECT_THAT(log_.str(), HasSubstr("count=3 outcome=ok"));
}

}  // namespace
}  // namespace mlfsc
