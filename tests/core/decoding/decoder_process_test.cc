#include "core/decoding/decoder_process.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include "core/image/decode.h"
#include "tests/core/image/test_files.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using testing::Encode;
using ::testing::Eq;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::SamePixels;
using ::testing::StartsWith;
using testing::StatusIs;
using testing::TestPicture;

DecoderProcessOptions SmallOptions() {
  DecoderProcessOptions options;
  options.limits.max_bytes = 1 << 20;
  options.limits.max_side = 64;
  return options;
}

std::unique_ptr<DecoderProcess> Start(const std::string& program,
                                      const DecoderProcessOptions& options = SmallOptions()) {
  absl::StatusOr<std::unique_ptr<DecoderProcess>> process =
      DecoderProcess::Start(**DecoderProgram::Open(program), options);
  EXPECT_THAT(process, IsOk());
  return *std::move(process);
}
std::unique_ptr<DecoderProcess> StartReal() { return Start(MLFSC_DECODER_BINARY); }
std::unique_ptr<DecoderProcess> StartBad(const DecoderProcessOptions& options = SmallOptions()) {
  return Start(MLFSC_BAD_DECODER_BINARY, options);
}

// The value of "Name:\tvalue" in /proc/PID/status.
std::string StatusOf(pid_t pid, const std::string& name) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind(name + ":", 0) == 0) return line.substr(line.find_first_not_of(" \t", name.size() + 1));
  }
  return "";
}

TEST(DecoderProcessTest, DecodesOnePictureAfterTheOther) {
  const auto process = StartReal();
  for (const int type : {CV_8UC3, CV_16UC3, CV_8UC1}) {
    const std::string file = Encode(".png", TestPicture(17, 31, type));
    const absl::StatusOr<Image> image = process->Decode(file);
    ASSERT_THAT(image, IsOk());
    const Image want = *DecodePicture(file, {});
    EXPECT_TRUE(SamePixels(image->rgb, want.rgb));
    EXPECT_EQ(image->full_scale, want.full_scale);
  }
  EXPECT_FALSE(process->end().has_value());
}

TEST(DecoderProcessTest, ABitDepthGoesThereAndWhiteComesBack) {
  const auto process = StartReal();
  cv::Mat dark(20, 20, CV_16UC1, cv::Scalar(4000));
  const std::string bytes = Encode(".png", dark);
  EncodedPicture file = bytes;
  EXPECT_EQ(process->Decode(file)->full_scale, 65535);
  EXPECT_EQ(process->Decode(file)->fits_bits, 12);
  file.bit_depth = 12;
  EXPECT_EQ(process->Decode(file)->full_scale, 4095);
  EXPECT_EQ(process->Decode(file)->fits_bits, 0);
  file.bit_depth = 11;
  EXPECT_THAT(process->Decode(file),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("the limit for bit depth 11 is 2047")));
}

TEST(DecoderProcessTest, PicturesThatNeedMoreThanIsKeptAreDecodedToo) {
  DecoderProcessOptions options;
  options.limits.max_bytes = 64 << 20;
  options.limits.max_side = 4096;
  const auto process = Start(MLFSC_DECODER_BINARY, options);
  // 19 MB, file and pixels.
  const std::string file = Encode(".bmp", TestPicture(2500, 2500, CV_8UC3));
  const Image want = *DecodePicture(file, options.limits);
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(SamePixels(process->Decode(file)->rgb, want.rgb));
}

TEST(DecoderProcessTest, OnlyItsSocketIsLeftToIt) {
#ifdef MLFSC_SANITIZED
  GTEST_SKIP() << "sanitizers need more";
#endif
  const auto process = StartReal();
  EXPECT_EQ(StatusOf(process->pid(), "NoNewPrivs"), "1");
  EXPECT_EQ(StatusOf(process->pid(), "Seccomp"), "2");
  EXPECT_EQ(StatusOf(process->pid(), "Threads"), "1");
  if (getuid() != 0) GTEST_SKIP() << "descriptors of what cannot be dumped are shown to root only";
  const std::string folder = "/proc/" + std::to_string(process->pid()) + "/fd";
  std::vector<std::string> descriptors;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    descriptors.push_back(entry.path().filename().string());
  }
  EXPECT_THAT(descriptors, ::testing::ElementsAre(std::to_string(kDecoderSocket)));
  std::stringstream limits;
  limits << std::ifstream("/proc/" + std::to_string(process->pid()) + "/limits").rdbuf();
  for (const char* name : {"Max core file size", "Max file size", "Max processes", "Max open files"}) {
    EXPECT_THAT(limits.str(), ::testing::ContainsRegex(std::string(name) + " +0 +0 ")) << name;
  }
}

struct Misdeed {
  std::string file;
  // Of the status.
  std::string told;
  DecoderEndCause cause = DecoderEndCause::kCrash;
  // The filter's work, which sanitizers do without.
  bool filtered = false;
};

class MisdeedTest : public ::testing::TestWithParam<Misdeed> {};

TEST_P(MisdeedTest, EndsTheProcessAndIsTold) {
#ifdef MLFSC_SANITIZED
  if (GetParam().filtered) GTEST_SKIP() << "sanitizers need more";
#endif
  const auto process = StartBad();
  EXPECT_THAT(process->Decode(GetParam().file),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("picture cannot be decoded: " + GetParam().told)));
  ASSERT_TRUE(process->end().has_value());
  EXPECT_EQ(process->end()->cause, GetParam().cause);
  // It is gone, and was waited for.
  EXPECT_EQ(kill(process->pid(), 0), -1);
}

Misdeed Crash(const std::string& file, const std::string& end) {
  return {file, "the decoding process ended " + end};
}
Misdeed Filtered(const std::string& file) {
  return {file, "the decoding process ended by signal 31 (SIGSYS)", DecoderEndCause::kCrash, true};
}
Misdeed Lie(const std::string& file, const std::string& told) {
  return {file, "the decoding process " + told, DecoderEndCause::kProtocol};
}

INSTANTIATE_TEST_SUITE_P(
    , MisdeedTest,
    ::testing::Values(Crash("abort", "by signal 6 (SIGABRT)"), Crash("leave", "with exit code 3"),
                      Filtered("open a file"), Filtered("open a socket"), Filtered("fork"),
                      Filtered("run a program"), Filtered("kill the server"), Filtered("signal the server"),
                      Filtered("look into the server"), Filtered("make code"),
                      Filtered("resize what is shared"), Filtered("raise its limits"),
                      Lie("answer another", "answered another request"),
                      Lie("answer in part", "sent a message of 1 bytes; 2088 were due"),
                      Lie("answer too much", "sent a message of 2089 bytes; 2088 were due"),
                      Crash("answer nothing", "by signal 9 (SIGKILL)"),
                      Lie("make it tall", "answered with a picture of 32x1073741824 px"),
                      Lie("make it wide", "answered with a picture of 65x32 px"),
                      Lie("make it negative", "answered with a picture of -32x-32 px"),
                      Lie("make it small", "answered with a picture of 15x32 px"),
                      Lie("make it deep", "answered with 4 bytes a sample"),
                      Lie("make it white at nothing", "answered with bit depth 0"),
                      Lie("make it white beyond its samples", "answered with bit depth 31"),
                      Lie("make up a code", "answered with code 13"),
                      Lie("make up a negative code", "answered with code -1"),
                      Lie("say too much", "sent a text of 2049 bytes; the limit is 2048"),
                      Lie("say less than nothing", "sent a text of -1 bytes; the limit is 2048"),
                      Lie("say what is no text", "sent a text that cannot be printed")),
    [](const auto& test) {
      std::string name = test.param.file;
      for (char& c : name) {
        if (c == ' ') c = '_';
      }
      return name;
    });

TEST(DecoderProcessTest, AFaultIsTold) {
#ifdef MLFSC_SANITIZED
  GTEST_SKIP() << "sanitizers take SIGSEGV for themselves";
#endif
  EXPECT_THAT(StartBad()->Decode("fault"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("signal 11 (SIGSEGV)")));
}

TEST(DecoderProcessTest, MemoryIsLimited) {
#ifdef MLFSC_SANITIZED
  GTEST_SKIP() << "sanitizers need more";
#endif
  const auto process = StartBad();
  EXPECT_EQ(DecoderMemoryLimit(SmallOptions().limits) >> 20, 65u);
  EXPECT_THAT(process->Decode("take memory"),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       Eq("the picture was not decoded: the decoding process got no memory; it may have 65 MiB")));
}

TEST(DecoderProcessTest, WhatTakesTooLongIsKilled) {
  DecoderProcessOptions options = SmallOptions();
  options.time_limit = absl::Milliseconds(50);
  for (const char* file : {"spin", "wait for ever"}) {
    const auto process = StartBad(options);
    EXPECT_THAT(process->Decode(file),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         Eq("picture cannot be decoded: it took longer than the limit of 50ms")));
    EXPECT_EQ(process->end()->cause, DecoderEndCause::kTime);
  }
}

TEST(DecoderProcessTest, OneThatIsStoppedIsKilledToo) {
  DecoderProcessOptions options = SmallOptions();
  options.time_limit = absl::Milliseconds(50);
  const auto process = Start(MLFSC_DECODER_BINARY, options);
  kill(process->pid(), SIGSTOP);
  EXPECT_THAT(process->Decode(Encode(".png", TestPicture(20, 20, CV_8UC3))),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("it took longer than")));
}

TEST(DecoderProcessTest, SignalsThatEndAServerDoNotEndIt) {
  const auto process = StartReal();
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) kill(process->pid(), signal);
  EXPECT_THAT(process->Decode(Encode(".png", TestPicture(20, 20, CV_8UC3))), IsOk());
}

TEST(DecoderProcessTest, KilledInTheMidstOfAPictureItIsThatPicturesEnd) {
  const auto process = StartBad();
  std::thread killer([pid = process->pid()] {
    // Once it spins: the processor time says so.
    const auto ticks = [pid] {
      std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
      std::string text((std::istreambuf_iterator<char>(file)), {});
      std::istringstream fields(text.substr(text.rfind(')') + 2));
      std::string skipped;
      for (int i = 0; i < 11; ++i) fields >> skipped;
      int64_t user = 0;
      fields >> user;
      return user;
    };
    for (const int64_t before = ticks(); ticks() < before + 2;) std::this_thread::yield();
    kill(pid, SIGKILL);
  });
  EXPECT_THAT(process->Decode("spin"),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       Eq("the picture was not decoded: the decoding process ended by signal 9 (SIGKILL), by the system for "
                          "want of memory or by somebody")));
  killer.join();
}

TEST(DecoderProcessTest, KilledBeforeAPictureItIsNotThatPicturesEnd) {
  const auto process = StartReal();
  kill(process->pid(), SIGKILL);
  pollfd ended = {process->exit_descriptor(), POLLIN, 0};
  ASSERT_EQ(poll(&ended, 1, 60'000), 1);
  EXPECT_THAT(process->Decode(Encode(".png", TestPicture(20, 20, CV_8UC3))),
              StatusIs(absl::StatusCode::kAborted, HasSubstr("signal 9 (SIGKILL)")));
  EXPECT_TRUE(process->HasEnded());
}

TEST(DecoderProcessTest, HangEndsWhatIsUnderWay) {
  const auto process = StartBad();
  std::thread hanger([&process] { process->Hang(); });
  const absl::Status status = process->Decode("spin").status();
  hanger.join();
  EXPECT_FALSE(status.ok());
  EXPECT_TRUE(process->end().has_value());
}

TEST(DecoderProcessTest, ItDiesWithTheThreadThatStartedIt) {
  std::unique_ptr<DecoderProcess> process;
  std::thread([&process] { process = StartReal(); }).join();
  pollfd ended = {process->exit_descriptor(), POLLIN, 0};
  EXPECT_EQ(poll(&ended, 1, 60'000), 1);
  EXPECT_TRUE(process->HasEnded());
  EXPECT_THAT(process->end()->what, HasSubstr("signal 9"));
}

TEST(DecoderProcessTest, WhatDoesNotStartSaysWhy) {
  EXPECT_THAT(DecoderProcess::Start(**DecoderProgram::Open("/bin/true"), SmallOptions()),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       Eq("a decoding process does not start: the decoding process ended with exit code 0")));
}

TEST(DecoderProcessTest, WhatIsNeverReadyIsKilled) {
  DecoderProcessOptions options = SmallOptions();
  options.start_limit = absl::Milliseconds(50);
  // Reads its standard input, /dev/zero's place taken by the socket, for ever.
  EXPECT_THAT(DecoderProcess::Start(**DecoderProgram::Open("/usr/bin/yes"), options),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       Eq("a decoding process does not start: it was not ready within the limit of 50ms")));
}

}  // namespace
}  // namespace mlfsc
