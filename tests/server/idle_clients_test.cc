// Clients that are slow, silent or dead cost nobody but themselves.
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "tests/server/service_fixture.h"
#include "tests/testing/bundles.h"
#include "tests/testing/http2_request.h"
#include "tests/testing/local_socket.h"

namespace mlfsc {
namespace {

using testing::Http2Client;
using testing::Http2Request;
using testing::LocalSocket;

constexpr char kScorePath[] = "/mlfsc.v1.InspectionService/Score";
constexpr char kTrainPath[] = "/mlfsc.v1.InspectionService/Train";

class IdleClientsTest : public ServiceFixture {
 protected:
  std::unique_ptr<LocalSocket> Connect() { return std::make_unique<LocalSocket>(server_->port()); }

  static std::string TrainStart() {
    v1::TrainRequest request;
    request.mutable_start()->set_category("tile");
    return request.SerializeAsString();
  }

  // Takes no byte of any answer.
  static Http2Client Unwilling(bool ends) {
    Http2Client client;
    client.window = 0;
    client.ends = ends;
    return client;
  }
};

TEST_F(IdleClientsTest, AScoreThatNobodyTakesIsGivenUp) {
  GrpcServerOptions options;
  options.calls.reply_timeout = absl::Milliseconds(1);
  Start(options);
  const auto client = Connect();
  ASSERT_TRUE(
      client->Write(Http2Request(kScorePath, SomeRequest().SerializeAsString(), Unwilling(/*ends=*/true))));
  Inspection inspection;
  inspection.model =
      CategoryModel::Make("tile", 1, testing::RandomBundle(testing::SmallOptions(), 1)).value();
  backend_.AwaitInspection().done(std::move(inspection));
  // Would wait for the call for ever.
  server_->Drain(absl::InfiniteDuration());
}

TEST_F(IdleClientsTest, ATrainingsResultThatNobodyTakesIsGivenUp) {
  GrpcServerOptions options;
  options.train_idle_timeout = absl::Milliseconds(200);
  Start(options);
  const auto client = Connect();
  ASSERT_TRUE(client->Write(Http2Request(kTrainPath, TrainStart(), Unwilling(/*ends=*/true))));
  backend_.AwaitRun()->Done(TrainedVersion{});
  server_->Drain(absl::InfiniteDuration());
}

TEST_F(IdleClientsTest, ATrainingOfAClientThatIsDeadIsCancelled) {
  GrpcServerOptions options;
  options.keepalive_interval = absl::Milliseconds(500);
  options.keepalive_timeout = absl::Milliseconds(500);
  Start(options);
  Http2Client open;
  open.ends = false;
  // Never answers when it is asked whether it is still there.
  const auto client = Connect();
  ASSERT_TRUE(client->Write(Http2Request(kTrainPath, TrainStart(), open)));
  backend_.AwaitRun()->AwaitCancel();
}

TEST_F(IdleClientsTest, AConnectionThatSaysNothingAtAllIsClosed) {
  GrpcServerOptions options;
  options.handshake_timeout = absl::Milliseconds(50);
  // Nobody else closes it.
  options.keepalive_interval = absl::Hours(1);
  Start(options);
  // Ends only when the server ends the connection.
  Connect()->ReadToEnd();
}

TEST_F(IdleClientsTest, ClientsThatStopInTheMidstOfARequestHoldNobodyUp) {
  Start();
  const std::string request = Http2Request(kScorePath, std::string(1000, 'x'));
  std::vector<std::unique_ptr<LocalSocket>> clients;
  for (int i = 0; i < 50; ++i) {
    clients.push_back(Connect());
    ASSERT_TRUE(clients.back()->Write(absl::string_view(request).substr(0, request.size() - 1)));
  }
  Context context;
  v1::ListCategoriesResponse response;
  EXPECT_TRUE(stub_->ListCategories(&context, {}, &response).ok());
  server_->Drain(absl::InfiniteDuration());
}

}  // namespace
}  // namespace mlfsc
