// What a client without rights, or one that means harm, may cost the real server.
#include <fstream>
#include <string>

#include <gmock/gmock.h>

#include "tests/e2e/running_server.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kMiB = 1 << 20;

// The most memory that a process has held (VmHWM).
int64_t PeakBytesOf(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/status");
  std::string word;
  int64_t kib = 0;
  while (file >> word) {
    if (word == "VmHWM:") file >> kib;
  }
  return kib << 10;
}

// A server that asks for a token; messages of at most 1 MiB.
class HostileE2eTest : public ::testing::TestWithParam<grpc_compression_algorithm> {
 protected:
  HostileE2eTest() {
    const std::string tokens = folder_.path() + "/tokens";
    std::ofstream(tokens) << "a-token-that-nobody-here-has\n";
    server_ = std::make_unique<RunningServer>(folder_.path() + "/store",
                                              std::vector<std::string>{"--score_tokens=" + tokens, "--change_tokens=" + tokens});
  }

  const testing::TemporaryFolder folder_;
  std::unique_ptr<RunningServer> server_;
};

// gRPC packs a thousand bytes of zeros into one.
TEST_P(HostileE2eTest, AMessageThatIsSmallOnlyAsLongAsItIsPackedIsRefusedAsItIs) {
  const std::string zeros(512 * kMiB, '\0');
  const int64_t before = PeakBytesOf(server_->process().pid());
  {
    CallContext context;
    context.set_compression_algorithm(GetParam());
    v1::ScoreRequest request;
    request.set_category("cloth");
    request.mutable_picture()->set_encoded(zeros);
    v1::ScoreResponse response;
    const grpc::Status status = server_->stub().Score(&context, request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED) << status.error_message();
    EXPECT_THAT(status.error_message(), HasSubstr("is disabled"));
  }
  {
    CallContext context;
    context.set_compression_algorithm(GetParam());
    const auto stream = server_->stub().Train(&context);
    v1::TrainRequest request;
    request.mutable_picture()->set_encoded(zeros);
    stream->Write(request);
    const grpc::Status status = stream->Finish();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED) << status.error_message();
  }
  EXPECT_LT(PeakBytesOf(server_->process().pid()) - before, 64 * kMiB);
}

INSTANTIATE_TEST_SUITE_P(Algorithms, HostileE2eTest, ::testing::Values(GRPC_COMPRESS_GZIP, GRPC_COMPRESS_DEFLATE));

}  // namespace
}  // namespace mlfsc
