#include "server/grpc_server.h"

#include <fstream>
#include <set>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <prometheus/text_serializer.h>

#include "tests/server/service_fixture.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::StatusIs;

class GrpcServerTest : public ServiceFixture {
 protected:
  grpc::Status List() {
    Context context;
    v1::ListCategoriesResponse response;
    return stub_->ListCategories(&context, {}, &response);
  }
};

TEST_F(GrpcServerTest, UntilItOpensCallsAreUnavailableAndHealthSaysSo) {
  Start({}, /*open=*/false);
  EXPECT_EQ(List().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(List().error_message(), HasSubstr("starting"));
  EXPECT_EQ(HealthOf(""), Serving::NOT_SERVING);
  server_->Open();
  EXPECT_TRUE(List().ok());
  EXPECT_EQ(HealthOf(""), Serving::SERVING);
}

TEST_F(GrpcServerTest, HealthKnowsTheServiceAndEachCategory) {
  Start();
  EXPECT_EQ(HealthOf("mlfsc.v1.InspectionService"), Serving::SERVING);
  EXPECT_EQ(HealthOf("category/tile"), Serving::SERVING);
  EXPECT_EQ(HealthOf("category/cable"), Serving::UNKNOWN);
}

TEST_F(GrpcServerTest, OnlyACategoryWhoseActiveVersionFailsIsCountedAsNotServing) {
  Start();
  server_->OnCategory("damaged", 0, absl::DataLossError("a byte is wrong"));
  server_->OnCategory("never-activated", 0, absl::OkStatus());
  server_->OnCategory("deactivated", 2, absl::OkStatus());
  server_->OnCategory("deactivated", 0, absl::OkStatus());
  const std::string page = prometheus::TextSerializer().Serialize(metrics_.registry()->Collect());
  EXPECT_THAT(page, HasSubstr(R"(mlfsc_bundle_info{category="damaged",version="0"} 1)"));
  EXPECT_THAT(page, HasSubstr(R"(mlfsc_bundle_info{category="tile",version="1"} 1)"));
  EXPECT_THAT(page, Not(HasSubstr(R"(mlfsc_bundle_info{category="deactivated")")));
  EXPECT_THAT(page, Not(HasSubstr("never-activated")));
  EXPECT_EQ(HealthOf("category/deactivated"), Serving::NOT_SERVING);
  server_->OnCategory("damaged", 3, absl::OkStatus());
  EXPECT_THAT(prometheus::TextSerializer().Serialize(metrics_.registry()->Collect()),
              Not(HasSubstr(R"(version="0")")));
}

TEST_F(GrpcServerTest, AnOldConnectionIsReplacedAndNoCallFails) {
  GrpcServerOptions options;
  options.max_connection_age = absl::Milliseconds(20);
  options.calls.log_calls_per_second = 0;
  Start(options);
  // By their peers' ports.
  std::set<std::string> connections;
  while (connections.size() < 3) {
    Context context;
    v1::ListCategoriesResponse response;
    const grpc::Status status = stub_->ListCategories(&context, {}, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    const std::string log = log_.str();
    const size_t peer = log.rfind("peer=");
    ASSERT_NE(peer, std::string::npos);
    connections.insert(log.substr(peer, log.find(' ', peer) - peer));
  }
}

TEST_F(GrpcServerTest, AMessageThatIsTooLargeIsRefusedForGood) {
  GrpcServerOptions options;
  options.max_message_bytes = 1000;
  Start(options);
  v1::ScoreRequest request = SomeRequest();
  request.mutable_picture()->set_encoded(std::string(2000, 'x'));
  Context context;
  v1::ScoreResponse response;
  const grpc::Status status = stub_->Score(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(status.error_message(), HasSubstr("1000"));
  EXPECT_EQ(status.error_details(), "");
}

TEST_F(GrpcServerTest, APortThatIsTakenIsAnError) {
  Start();
  GrpcServerOptions options;
  options.listen = "127.0.0.1:" + std::to_string(server_->port());
  EXPECT_THAT(GrpcServer::Start(options, &backend_, &metrics_, &clock_, &logger_),
              StatusIs(absl::StatusCode::kUnavailable,
                       AllOf(HasSubstr(options.listen), HasSubstr("Address already in use"))));
}

TEST_F(GrpcServerTest, AnAddressOfAnotherMachineIsAnError) {
  GrpcServerOptions options;
  // TEST-NET-1 (RFC 5737): nobody's own.
  options.listen = "192.0.2.1:50051";
  EXPECT_THAT(GrpcServer::Start(options, &backend_, &metrics_, &clock_, &logger_),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("Cannot assign requested address")));
}

TEST_F(GrpcServerTest, DrainingFinishesWhatIsInsideAndRefusesWhatComes) {
  Start();
  Context context;
  v1::ScoreResponse response;
  grpc::Status inside;
  std::thread client([&] { inside = stub_->Score(&context, SomeRequest(), &response); });
  const testing::FakeBackend::PendingInspection pending = backend_.AwaitInspection();
  std::thread drain([&] { server_->Drain(absl::InfiniteDuration()); });
  while (HealthOf("") == Serving::SERVING) std::this_thread::yield();
  while (List().ok()) std::this_thread::yield();
  EXPECT_EQ(List().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(List().error_message(), HasSubstr("shutting down"));
  EXPECT_EQ(HealthOf("category/tile"), Serving::NOT_SERVING);

  pending.done(absl::NotFoundError("the answer"));
  client.join();
  drain.join();
  EXPECT_EQ(inside.error_message(), "the answer");
}

TEST_F(GrpcServerTest, TheDrainsTimeoutCancelsWhatIsInside) {
  Start();
  Context context;
  v1::ScoreResponse response;
  std::thread client([&] { stub_->Score(&context, SomeRequest(), &response); });
  const testing::FakeBackend::PendingInspection pending = backend_.AwaitInspection();
  std::thread drain([&] { server_->Drain(absl::ZeroDuration()); });
  while (!pending.request.cancellation->cancelled()) std::this_thread::yield();
  pending.done(absl::CancelledError(""));
  client.join();
  drain.join();
}

TEST_F(GrpcServerTest, ADeletedCategoryIsNotKnownAnyMoreAndWhoWatchesItHearsSo) {
  Start();
  Context context;
  grpc::health::v1::HealthCheckRequest request;
  request.set_service("category/tile");
  const auto watch = health_->Watch(&context, request);
  Serving response;
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), Serving::SERVING);
  server_->OnCategoryGone("tile");
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), Serving::SERVICE_UNKNOWN);
  EXPECT_EQ(HealthOf("category/tile"), Serving::UNKNOWN);
  server_->OnCategory("tile", 2, absl::OkStatus());
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), Serving::SERVING);
  context.TryCancel();
  while (watch->Read(&response)) {
  }
}

TEST_F(GrpcServerTest, ManyMayWatchTheHealthAndLeaveAtAnyTime) {
  Start();
  std::vector<std::unique_ptr<Context>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<Serving>>> watches;
  for (int i = 0; i < 100; ++i) {
    contexts.push_back(std::make_unique<Context>());
    watches.push_back(health_->Watch(contexts.back().get(), {}));
  }
  Serving response;
  for (size_t i = 0; i < watches.size(); ++i) {
    if (i % 2 == 0) contexts[i]->TryCancel();
    server_->OnCategory("tile", static_cast<int64_t>(i) % 2, absl::OkStatus());
  }
  for (size_t i = 1; i < watches.size(); i += 2) {
    ASSERT_TRUE(watches[i]->Read(&response));
    EXPECT_EQ(response.status(), Serving::SERVING);
  }
  server_->Drain(absl::InfiniteDuration());
  for (size_t i = 1; i < watches.size(); i += 2) {
    ASSERT_TRUE(watches[i]->Read(&response));
    EXPECT_EQ(response.status(), Serving::NOT_SERVING);
  }
}

TEST_F(GrpcServerTest, AClientThatWatchesTheHealthDoesNotHoldTheDrain) {
  Start();
  Context context;
  const auto watch = health_->Watch(&context, {});
  Serving response;
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), Serving::SERVING);
  // Would wait for ever if it waited for the watcher.
  server_->Drain(absl::InfiniteDuration());
  while (watch->Read(&response)) EXPECT_EQ(response.status(), Serving::NOT_SERVING);
}

TEST_F(GrpcServerTest, WithTokensScoringAndChangingAreTwoRights) {
  const testing::TemporaryFolder folder;
  GrpcServerOptions options;
  options.score_tokens = folder.path() + "/tokens";
  std::ofstream(options.score_tokens) << "token-of-the-line-01";
  Start(options);
  EXPECT_EQ(List().error_code(), grpc::StatusCode::UNAUTHENTICATED);
  {
    Context context;
    context.AddMetadata("authorization", "Bearer token-of-the-line-01");
    v1::ListCategoriesResponse response;
    EXPECT_TRUE(stub_->ListCategories(&context, {}, &response).ok());
  }
  Context context;
  context.AddMetadata("authorization", "Bearer token-of-the-line-01");
  v1::Category response;
  EXPECT_EQ(stub_->DeleteVersion(&context, {}, &response).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  // Who only asks for the health needs none.
  EXPECT_EQ(HealthOf(""), Serving::SERVING);
}

TEST_F(GrpcServerTest, ATokenFileThatCannotBeUsedIsAnError) {
  GrpcServerOptions options;
  options.listen = "127.0.0.1:0";
  options.score_tokens = "/no/such/tokens";
  EXPECT_THAT(GrpcServer::Start(options, &backend_, &metrics_, &clock_, &logger_),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("/no/such/tokens")));
}

TEST_F(GrpcServerTest, OneClientMayNotTakeAllPlaces) {
  GrpcServerOptions options;
  options.calls.max_calls_per_client = 1;
  Start(options);
  Context context;
  v1::ScoreResponse response;
  std::thread client([&] { stub_->Score(&context, SomeRequest(), &response); });
  const testing::FakeBackend::PendingInspection pending = backend_.AwaitInspection();
  const grpc::Status second = List();
  EXPECT_EQ(second.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_NE(second.error_details(), "");
  pending.done(absl::InternalError(""));
  client.join();
}

}  // namespace
}  // namespace mlfsc
