// A whole server and the processes that decode for it.
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <grpcpp/client_context.h>
#include <gtest/gtest.h>
#include <opencv2/core.hpp>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "core/image/draw.h"
#include "mlfsc/v1/inspection.grpc.pb.h"
#include "tests/load/load_server.h"
#include "tests/load/metrics_page.h"

namespace mlfsc::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr char kCategory[] = "tile";
constexpr char kBadDecoder[] = "--decoder_program=" MLFSC_BAD_DECODER_BINARY;

std::string PngOf(unsigned seed) {
  Image image;
  image.rgb.create(48, 56, CV_8UC3);
  cv::RNG(seed).fill(image.rgb, cv::RNG::UNIFORM, 0, 255);
  return EncodePng(image).value();
}

std::string FileText(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// Processes that `pid` started, whichever of its threads did.
std::vector<pid_t> ChildrenOf(pid_t pid) {
  std::vector<pid_t> children;
  for (const auto& task : std::filesystem::directory_iterator(absl::StrCat("/proc/", pid, "/task"))) {
    std::istringstream words(FileText(task.path().string() + "/children"));
    for (pid_t child; words >> child;) children.push_back(child);
  }
  return children;
}

// Processor time of `pid` in user mode, in ticks.
int64_t UserTicks(pid_t pid) {
  const std::string text = FileText(absl::StrCat("/proc/", pid, "/stat"));
  if (text.empty()) return std::numeric_limits<int64_t>::max();
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  int64_t ticks = 0;
  fields >> ticks;
  return ticks;
}

// The first of them that takes up processor time, or is gone.
pid_t AwaitSpinning(const std::vector<pid_t>& pids) {
  std::vector<int64_t> before;
  for (const pid_t pid : pids) before.push_back(UserTicks(pid));
  for (size_t i = 0;; i = (i + 1) % pids.size()) {
    if (UserTicks(pids[i]) > before[i]) return pids[i];
  }
}

// A server that knows one category.
class Server {
 public:
  explicit Server(std::vector<std::string> options) : process_(StubServerBinary(), With(std::move(options))) {
    stub_ = v1::InspectionService::NewStub(process_.NewChannel());
    Teach({PngOf(1), PngOf(2), PngOf(3), PngOf(4)}, false);
  }

  // Returns how many pictures were left out.
  int Teach(const std::vector<std::string>& files, bool skip_bad) {
    grpc::ClientContext context;
    const auto stream = stub_->Train(&context);
    v1::TrainRequest request;
    v1::TrainRequest::Start& start = *request.mutable_start();
    start.set_category(kCategory);
    start.set_skip_bad_pictures(skip_bad);
    start.mutable_options()->set_feature_source(v1::PIXELS);
    start.mutable_options()->set_input_size(128);
    start.mutable_options()->set_atoms(5);
    start.mutable_options()->set_epochs(1);
    stream->Write(request);
    for (const std::string& file : files) {
      request.mutable_picture()->set_encoded(file);
      stream->Write(request);
    }
    stream->WritesDone();
    v1::TrainResult result;
    for (v1::TrainResponse response; stream->Read(&response);) {
      if (response.has_result()) result = response.result();
    }
    const grpc::Status status = stream->Finish();
    EXPECT_TRUE(status.ok()) << status.error_message();
    return static_cast<int>(result.pictures_skipped());
  }

  grpc::Status Score(const std::string& file, double* score = nullptr) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::minutes(1));
    v1::ScoreRequest request;
    request.set_category(kCategory);
    request.mutable_picture()->set_encoded(file);
    v1::ScoreResponse response;
    const grpc::Status status = stub_->Score(&context, request, &response);
    if (score != nullptr) *score = response.inspection().raw_score();
    return status;
  }

  double GoodScore() {
    double score = 0;
    const grpc::Status status = Score(PngOf(9), &score);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return score;
  }

  double Restarts(const std::string& cause) {
    return MetricsPage::Read(process_.metrics_port())
        .Sum("mlfsc_decoder_restarts_total", {absl::StrCat("cause=\"", cause, "\"")});
  }

  std::vector<pid_t> decoders() { return ChildrenOf(process_.process().pid()); }
  ServerProcess& process() { return process_.process(); }
  int Stop() { return process_.Stop(); }

 private:
  static std::vector<std::string> With(std::vector<std::string> options) {
    options.insert(options.begin(), {"--input_sizes=128", "--coding_threads=1", "--learning_threads=1"});
    return options;
  }

  LoadServer process_;
  std::unique_ptr<v1::InspectionService::Stub> stub_;
};

TEST(DecodersTest, ScoresAreThoseOfAServerThatDecodesByItself) {
  Server confined({});
  Server alone({"--decoder_processes=0"});
  // One for scoring, one for a training.
  EXPECT_THAT(confined.decoders(), SizeIs(2));
  EXPECT_THAT(alone.decoders(), SizeIs(0));
  EXPECT_EQ(confined.GoodScore(), alone.GoodScore());
  for (const std::string& file : {std::string(), std::string("no picture"), PngOf(9).substr(0, 999)}) {
    const grpc::Status status = confined.Score(file);
    const grpc::Status want = alone.Score(file);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(status.error_message(), want.error_message());
  }
}

// Whose decoders do what a picture tells them.
class BadDecodersTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { shared_ = new Server({kBadDecoder}); }
  static void TearDownTestSuite() { delete std::exchange(shared_, nullptr); }

  static Server* shared_;
  Server& server = *shared_;
};
Server* BadDecodersTest::shared_ = nullptr;

TEST_F(BadDecodersTest, KilledInTheMidstOfAPictureItCostsThatPictureOnly) {
  const double score = server.GoodScore();
  const std::vector<pid_t> decoders = server.decoders();
  std::thread killer([&decoders] { kill(AwaitSpinning(decoders), SIGKILL); });
  const grpc::Status status = server.Score("spin");
  killer.join();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(status.error_message(),
            "the picture was not decoded: the decoding process ended by signal 9 (SIGKILL), by the system for want of memory or "
            "by somebody");
  EXPECT_EQ(server.GoodScore(), score);
  EXPECT_GE(server.Restarts("crash"), 1);
  EXPECT_TRUE(server.process().AwaitLog("decoding process ended cause=crash"));
}

TEST_F(BadDecodersTest, WhatAPictureDoesToItsDecoderIsThatPicturesFault) {
  const double score = server.GoodScore();
  std::vector<const char*> files = {"abort", "make it tall"};
#ifndef MLFSC_SANITIZED
  // The filter's work, which sanitizers do without.
  files.push_back("open a file");
#endif
  for (const char* file : files) {
    const grpc::Status status = server.Score(file);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << file;
    EXPECT_THAT(status.error_message(), HasSubstr("picture cannot be decoded: "));
    EXPECT_EQ(server.GoodScore(), score) << file;
  }
  EXPECT_EQ(server.Restarts("protocol"), 1);
  // A training counts it among the bad ones.
  EXPECT_EQ(server.Teach({PngOf(1), "abort", PngOf(2), PngOf(3), PngOf(4)}, true), 1);
}

TEST(DecodersTest, AServerThatIsKilledTakesThemAlong) {
  Server server({});
  std::vector<pollfd> ends;
  for (const pid_t pid : server.decoders()) {
    // One of them cannot even run.
    if (ends.empty()) kill(pid, SIGSTOP);
    ends.push_back({static_cast<int>(syscall(SYS_pidfd_open, pid, 0)), POLLIN, 0});
  }
  ASSERT_THAT(ends, SizeIs(2));
  server.process().Signal(SIGKILL);
  for (pollfd& end : ends) {
    EXPECT_EQ(poll(&end, 1, 60'000), 1);
    close(end.fd);
  }
}

TEST(DecodersTest, APictureThatTakesTooLongIsRefusedAndHoldsUpNoEnd) {
  Server server({kBadDecoder, "--decode_timeout=5s"});
  const double score = server.GoodScore();
  EXPECT_EQ(server.Score("spin").error_message(),
            "picture cannot be decoded: it took longer than the limit of 5s");
  EXPECT_EQ(server.GoodScore(), score);
  EXPECT_EQ(server.Restarts("time"), 1);

  const std::vector<pid_t> decoders = server.decoders();
  std::thread last([&server] {
    EXPECT_THAT(server.Score("spin").error_message(), HasSubstr("it took longer than the limit"));
  });
  AwaitSpinning(decoders);
  // To all of them, as systemd and a terminal do.
  for (const pid_t pid : decoders) kill(pid, SIGTERM);
  EXPECT_EQ(server.Stop(), 0);
  last.join();
}

TEST(DecodersTest, AServerWhoseDecodersDoNotStartRefusesToStart) {
  for (const char* program : {"/no/such/program", "/bin/false"}) {
    ServerProcess process(StubServerBinary(),
                          {"--listen=127.0.0.1:0", absl::StrCat("--decoder_program=", program)});
    EXPECT_EQ(process.Wait(), 1);
    EXPECT_THAT(process.log(), HasSubstr("--decoder_processes=0 decodes in the server"));
  }
}

}  // namespace
}  // namespace mlfsc::testing
