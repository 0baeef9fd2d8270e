// How the real server begins and ends.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "grpc/health/v1/health.grpc.pb.h"
#include "tests/e2e/cloth.h"
#include "tests/e2e/running_server.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// One line that says all of `words`, and exit code 1.
void ExpectFailedStart(const std::vector<std::string>& arguments, const std::vector<std::string>& words) {
  const FailedStart failed = StartAndFail(arguments);
  EXPECT_EQ(failed.exit_code, 1) << failed.log;
  EXPECT_EQ(std::count(failed.log.begin(), failed.log.end(), '\n'), 1) << failed.log;
  for (const std::string& word : words) EXPECT_THAT(failed.log, HasSubstr(word));
}

// As slow as a training may be: a patch of the picture takes all of 512 atoms at this alpha.
v1::CategoryOptions SlowOptions() {
  v1::CategoryOptions options;
  options.set_feature_source(v1::PIXELS);
  options.set_atoms(512);
  options.set_stride(2);
  options.set_alpha(1e-6);
  options.set_batch_pictures(64);
  return options;
}

class LifeE2eTest : public ::testing::Test {
 protected:
  std::string Store() const { return "--store=" + folder_.path() + "/store"; }
  const testing::TemporaryFolder folder_;
};

TEST_F(LifeE2eTest, WhatKeepsItFromStartingIsSaidInOneLine) {
  const std::string listen = "--listen=127.0.0.1:0";
  ExpectFailedStart({"--max_batch=0"}, {"--max_batch", "'0'", "1 to 256"});
  ExpectFailedStart({"--no_such_option"}, {"no_such_option"});
  ExpectFailedStart({listen, Store(), "--backbone=/no/such/file"}, {"/no/such/file"});
  const std::string text = folder_.path() + "/text";
  std::ofstream(text) << "these are no weights";
  ExpectFailedStart({listen, Store(), "--backbone=" + text}, {text});
  ExpectFailedStart({listen, "--store=" + text}, {text});
  ExpectFailedStart({listen, "--store=/proc/no-store"}, {"/proc/no-store"});
  ExpectFailedStart({listen, Store(), "--device=abacus"}, {"abacus"});
  // More GPUs than any machine has.
  ExpectFailedStart({listen, Store(), "--device=cuda:99"}, {"cuda"});
  ExpectFailedStart({"--listen=192.0.2.1:50051", Store()}, {"192.0.2.1:50051", "Cannot assign"});
  ExpectFailedStart({listen, Store(), "--local_socket=/no/such/folder/socket"},
                    {"Unix socket /no/such/folder/socket", "No such file or directory"});
  ExpectFailedStart({listen, Store(), "--local_socket=/tmp/" + std::string(200, 'a')}, {"its path has 205 bytes; the limit is 107"});
  ExpectFailedStart({listen, Store(), "--tls_certificate=" + text, "--tls_key=" + text}, {text});
  ExpectFailedStart({listen, Store(), "--port_file=/no/such/folder/port"}, {"/no/such/folder/port"});
}

TEST_F(LifeE2eTest, APortThatIsTakenIsSaidInOneLine) {
  RunningServer server(folder_.path() + "/store");
  const std::string address = "127.0.0.1:" + std::to_string(server.port());
  ExpectFailedStart({"--listen=" + address, Store()}, {address, "Address already in use"});
  ExpectFailedStart({"--listen=127.0.0.1:0", "--metrics=" + address, Store()}, {address});
}

TEST_F(LifeE2eTest, TheStartLineTellsWhatItRunsOn) {
  RunningServer server(folder_.path() + "/store", {"--threads=1"});
  EXPECT_THAT(
      server.process().log(),
      AllOf(HasSubstr("address=127.0.0.1:" + std::to_string(server.port())), HasSubstr("metrics=none"),
            HasSubstr("device="), HasSubstr("1 thread"), HasSubstr("instruction_set="),
            HasSubstr("backbone_sha256=c2ec656c"), HasSubstr("categories=0")));
}

// What `GET /metrics` answers on a port of this machine.
std::string ReadMetrics(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string page;
  const std::string request = "GET /metrics HTTP/1.0\r\n\r\n";
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 &&
      write(fd, request.data(), request.size()) == static_cast<ssize_t>(request.size())) {
    char buffer[4096];
    for (ssize_t size; (size = read(fd, buffer, sizeof(buffer))) > 0;) {
      page.append(buffer, static_cast<size_t>(size));
    }
  }
  close(fd);
  return page;
}

TEST_F(LifeE2eTest, MetricsCountWhatWasCalled) {
  RunningServer server(folder_.path() + "/store", {"--metrics=127.0.0.1:0"});
  v1::Inspection inspection;
  server.Score("no-such-category", ClothPng(1), &inspection);
  const std::string log = server.process().log();
  const std::string before_port = " metrics=127.0.0.1:";
  const size_t port = log.find(before_port);
  ASSERT_NE(port, std::string::npos) << log;
  const std::string page = ReadMetrics(std::stoi(log.substr(port + before_port.size())));
  EXPECT_THAT(page, HasSubstr("grpc_server_handled_total{grpc_code=\"NotFound\",grpc_method=\"Score\""));
  EXPECT_THAT(page, HasSubstr("mlfsc_stage_seconds"));
}

TEST_F(LifeE2eTest, HealthAndReflectionAnswer) {
  RunningServer server(folder_.path() + "/store");
  {
    CallContext context;
    grpc::health::v1::HealthCheckResponse response;
    EXPECT_TRUE(grpc::health::v1::Health::NewStub(server.channel())->Check(&context, {}, &response).ok());
    EXPECT_EQ(response.status(), grpc::health::v1::HealthCheckResponse::SERVING);
  }
  // ServerReflectionRequest{list_services: ""}: field 7, of no length.
  const grpc::Slice request("\x3a\x00", 2);
  CallContext context;
  grpc::CompletionQueue queue;
  grpc::GenericStub stub(server.channel());
  const auto call =
      stub.PrepareCall(&context, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
  void* tag = nullptr;
  bool ok = false;
  call->StartCall(nullptr);
  queue.Next(&tag, &ok);
  call->Write(grpc::ByteBuffer(&request, 1), nullptr);
  queue.Next(&tag, &ok);
  grpc::ByteBuffer response;
  call->Read(&response, nullptr);
  queue.Next(&tag, &ok);
  ASSERT_TRUE(ok);
  grpc::Slice bytes;
  ASSERT_TRUE(response.DumpToSingleSlice(&bytes).ok());
  EXPECT_THAT(std::string(bytes.begin(), bytes.end()),
              AllOf(HasSubstr("mlfsc.v1.InspectionService"), HasSubstr("grpc.health.v1.Health")));
  context.TryCancel();
  grpc::Status status;
  call->Finish(&status, nullptr);
  queue.Next(&tag, &ok);
}

TEST_F(LifeE2eTest, SigtermFinishesWhatIsUnderWayAndEndsWithZero) {
  RunningServer server(folder_.path() + "/store", {"--drain_timeout=1h"});
  CallContext context;
  const auto stream = server.stub().Train(&context);
  v1::TrainRequest request;
  request.mutable_start()->set_category("last");
  *request.mutable_start()->mutable_options() = QuickOptions();
  stream->Write(request);
  v1::TrainResponse response;
  ASSERT_TRUE(stream->Read(&response));

  server.process().Signal(SIGTERM);
  ASSERT_TRUE(server.process().AwaitLog("draining"));
  // A training that is under way may end.
  for (const std::string& picture : GoodCloths(2)) {
    request.mutable_picture()->set_encoded(picture);
    EXPECT_TRUE(stream->Write(request));
  }
  stream->WritesDone();
  bool has_result = false;
  while (stream->Read(&response)) has_result |= response.has_result();
  EXPECT_TRUE(has_result);
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(server.process().Wait(), 0);
  EXPECT_THAT(server.process().log(), HasSubstr("stopped"));
}

TEST_F(LifeE2eTest, TheDrainTimeoutEndsATrainingThatWouldNotEnd) {
  RunningServer server(folder_.path() + "/store", {"--drain_timeout=0s"});
  CallContext context;
  const auto stream = server.stub().Train(&context);
  v1::TrainRequest request;
  request.mutable_start()->set_category("endless");
  stream->Write(request);
  v1::TrainResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(server.Stop(), 0);
  while (stream->Read(&response)) {
  }
  EXPECT_FALSE(stream->Finish().ok());
}

// Hours of learning, of which the first mini-batch alone takes minutes.
class SlowTraining {
 public:
  // Returns once learning begins.
  explicit SlowTraining(RunningServer* server) : stream_(server->stub().Train(&context_)) {
    constexpr int kPictures = 40;
    v1::TrainRequest request;
    request.mutable_start()->set_category("slow");
    *request.mutable_start()->mutable_options() = SlowOptions();
    EXPECT_TRUE(stream_->Write(request));
    const std::vector<std::string> pictures = GoodCloths(2);
    for (int i = 0; i < kPictures; ++i) {
      request.mutable_picture()->set_encoded(pictures[i % 2]);
      EXPECT_TRUE(stream_->Write(request));
    }
    stream_->WritesDone();
    v1::TrainResponse response;
    while (stream_->Read(&response) && response.progress().pictures_done() < kPictures) {
    }
    EXPECT_EQ(response.progress().phase(), v1::TrainProgress::FEATURES);
  }

  void Cancel() { context_.TryCancel(); }

  grpc::Status End() {
    v1::TrainResponse response;
    while (stream_->Read(&response)) {
    }
    return stream_->Finish();
  }

 private:
  CallContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::TrainRequest, v1::TrainResponse>> stream_;
};

TEST_F(LifeE2eTest, SigtermEndsATrainingInTheMiddleOfAMiniBatch) {
  const std::string store = folder_.path() + "/store";
  RunningServer server(store, {"--drain_timeout=0s"});
  SlowTraining training(&server);
  EXPECT_EQ(server.Stop(), 0);
  EXPECT_FALSE(training.End().ok());
  EXPECT_FALSE(std::filesystem::exists(store + "/slow"));
}

TEST_F(LifeE2eTest, ATrainingThatIsCancelledInTheMiddleOfAMiniBatchMakesRoomForTheNext) {
  RunningServer server(folder_.path() + "/store");
  SlowTraining training(&server);
  training.Cancel();
  EXPECT_EQ(training.End().error_code(), grpc::StatusCode::CANCELLED);
  v1::TrainResult result;
  grpc::Status next;
  do {
    next = server.Train("next", QuickOptions(), GoodCloths(2), &result);
  } while (next.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(next.ok()) << next.error_message();
}

TEST_F(LifeE2eTest, OptionsThatNobodyWouldWaitForAreRefused) {
  RunningServer server(folder_.path() + "/store");
  v1::CategoryOptions options = SlowOptions();
  options.set_stride(1);
  v1::TrainResult result;
  const grpc::Status status = server.Train("absurd", options, GoodCloths(2), &result);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), AllOf(HasSubstr("512 atoms for the"), HasSubstr("the limit is")));
}

TEST_F(LifeE2eTest, ASecondSignalEndsAtOnce) {
  RunningServer server(folder_.path() + "/store", {"--drain_timeout=24h"});
  CallContext context;
  const auto stream = server.stub().Train(&context);
  v1::TrainRequest request;
  request.mutable_start()->set_category("endless");
  stream->Write(request);
  v1::TrainResponse response;
  ASSERT_TRUE(stream->Read(&response));
  server.process().Signal(SIGTERM);
  ASSERT_TRUE(server.process().AwaitLog("draining"));
  server.process().Signal(SIGINT);
  EXPECT_EQ(server.process().Wait(), 1);
}

}  // namespace
}  // namespace mlfsc
