// The real `mlfsc score`, and what of its output is there when it ends before its time.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/client/commands/number_service.h"
#include "tests/testing/golden.h"
#include "tests/testing/server_process.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc::client {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::ReadFile;
using testing::ServerProcess;

constexpr int kPictures = 12;
// The server keeps the answer to this one back.
constexpr int kHeld = 7;

class ScoreProcessTest : public ::testing::Test {
 protected:
  ScoreProcessTest() {
    fs::create_directory(Path("in"));
    for (int id = 1; id <= kPictures; ++id) {
      std::ofstream(Path(absl::StrCat("in/", id < 10 ? "0" : "", id, ".png"))) << Content(id);
    }
    service_.on_score = [this](int id) {
      if (id != kHeld) return;
      MutexLock lock(&mutex_);
      asked_ = true;
      mutex_.SignalAll();
      mutex_.Await([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return let_go_; });
    };
  }
  ~ScoreProcessTest() override { LetGo(); }

  std::string Path(const std::string& name) const { return folder_.path() + "/" + name; }

  // `rest`: as a shell takes it.
  std::unique_ptr<ServerProcess> Start(const std::string& rest) const {
    return std::make_unique<ServerProcess>(
        "/bin/sh",
        std::vector<std::string>{"-c", absl::StrCat("exec " MLFSC_BINARY " score cloth ", Path("in"),
                                                    " --server ", service_.address(), " --jobs 1 ", rest)});
  }

  void AwaitHeld() {
    MutexLock lock(&mutex_);
    mutex_.Await([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return asked_; });
  }
  void LetGo() {
    MutexLock lock(&mutex_);
    let_go_ = true;
    mutex_.SignalAll();
  }

  static size_t Lines(const std::string& text) {
    return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
  }

  testing::TemporaryFolder folder_;
  Mutex mutex_;
  bool asked_ ABSL_GUARDED_BY(mutex_) = false;
  bool let_go_ ABSL_GUARDED_BY(mutex_) = false;
  NumberService service_;
};

TEST_F(ScoreProcessTest, WhatIsKnownIsInTheFileBeforeTheRestIs) {
  for (const char* format : {"--csv", "--jsonl", "--json", ""}) {
    const std::unique_ptr<ServerProcess> process = Start(absl::StrCat(format, " > ", Path("out")));
    AwaitHeld();
    const std::string out = ReadFile(Path("out"));
    for (int id = 1; id < kHeld; ++id) EXPECT_THAT(out, HasSubstr(absl::StrCat("/0", id, ".png"))) << format;
    process->Signal(SIGKILL);
    process->Wait();
    MutexLock lock(&mutex_);
    asked_ = false;
  }
}

TEST_F(ScoreProcessTest, KilledItGoesOnInTheSameFile) {
  for (const std::string format : {"--csv", "--jsonl"}) {
    const std::string file = Path("out" + format);
    const std::string resumed = absl::StrCat(format, " --resume ", file, " >> ", file);
    {
      const std::unique_ptr<ServerProcess> process = Start(resumed);
      AwaitHeld();
      process->Signal(SIGKILL);
      process->Wait();
    }
    // As if it had died in the midst of a row.
    fs::resize_file(file, fs::file_size(file) - 5);
    LetGo();
    const std::unique_ptr<ServerProcess> process = Start(resumed);
    EXPECT_EQ(process->Wait(), 0) << process->log();
    const std::string out = ReadFile(file);
    EXPECT_EQ(Lines(out), kPictures + (format == "--csv" ? 1u : 0u)) << out;
    for (int id = 1; id <= kPictures; ++id) {
      const std::string name = absl::StrCat("/", id < 10 ? "0" : "", id, ".png");
      EXPECT_EQ(out.find(name), out.rfind(name)) << "once";
    }
    MutexLock lock(&mutex_);
    asked_ = let_go_ = false;
  }
}

TEST_F(ScoreProcessTest, InterruptedItEndsInGoodOrder) {
  const std::unique_ptr<ServerProcess> process = Start("--csv > " + Path("out"));
  AwaitHeld();
  process->Signal(SIGINT);
  // Not before it has been told.
  const std::string status = absl::StrCat("/proc/", process->pid(), "/status");
  while (ReadFile(status).find("ShdPnd:\t0000000000000000") == std::string::npos) {
  }
  LetGo();
  EXPECT_EQ(process->Wait(), 3);
  EXPECT_EQ(Lines(ReadFile(Path("out"))), 1u + kHeld) << "the one that was asked for is written";
  EXPECT_THAT(process->log(), HasSubstr("interrupted: 5 of 12 pictures not done"));
}

}  // namespace
}  // namespace mlfsc::client
