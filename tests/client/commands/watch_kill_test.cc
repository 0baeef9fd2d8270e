// The real `mlfsc watch`, twice at once, killed at any moment. The count is small here; `scripts/soak watch`
// runs the full one.
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "tests/client/commands/number_service.h"
#include "tests/testing/golden.h"
#include "tests/testing/server_process.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc::client {
namespace {

namespace fs = std::filesystem;
using ::testing::IsEmpty;
using testing::ReadFile;
using testing::ServerProcess;
using SteadyClock = std::chrono::steady_clock;

int Kills() {
  const char* const count =
      std::getenv("MLFSC_SOAK_KILLS");  // NOLINT(concurrency-mt-unsafe): before any thread
  return count == nullptr ? 8 : std::atoi(count);
}

// Whether a process has a handler for `signal`.
bool Catches(pid_t process, int signal) {
  std::ifstream file("/proc/" + std::to_string(process) + "/status");
  std::string word;
  uint64_t caught = 0;
  while (file >> word) {
    if (word == "SigCgt:") file >> std::hex >> caught;
  }
  return (caught >> (signal - 1) & 1) != 0;
}

// Category, name and number of a content.
using Row = std::tuple<std::string, std::string, int>;

class WatchKillTest : public ::testing::Test {
 protected:
  WatchKillTest() { fs::create_directory(Path("in")); }

  std::string Path(const std::string& name) const { return folder_.path() + "/" + name; }

  void Start(size_t which) {
    std::vector<std::string> arguments = {
        "watch", Path("in"),         categories_[which], "--server", service_.address(),
        "--csv", Path("scores.csv"), "--settle",         "0.02",     "--interval",
        "0.02",  "--quiet"};
    if (move_) arguments.insert(arguments.end(), {"--move", Path("sorted")});
    watchers_[which] = std::make_unique<ServerProcess>(MLFSC_BINARY, arguments);
  }

  void Kill(size_t which) {
    watchers_[which]->Signal(SIGKILL);
    watchers_[which]->Wait();
  }

  // Every watcher of another category is to score it; those of one category share it.
  void Expect(const std::string& name, int id) {
    for (const std::string& category : std::set<std::string>(categories_.begin(), categories_.end())) {
      expected_.insert({category, name, id});
    }
  }

  void Arrive() {
    const std::string name = absl::StrCat("p", next_, ".png");
    std::ofstream(Path("in/" + name)) << Content(next_);
    Expect(name, next_);
    last_[name] = next_++;
  }

  // In the place of a picture that has all its rows: the same size, and the same time.
  void Overwrite(const std::string& name, const std::multiset<Row>& rows) {
    for (const std::string& category : categories_) {
      if (rows.count({category, name, last_[name]}) == 0) return;
    }
    struct stat before = {};
    const std::string path = Path("in/" + name);
    ASSERT_EQ(stat(path.c_str(), &before), 0);
    const int file = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    Write(file, Content(next_));
    const timespec times[2] = {before.st_atim, before.st_mtim};
    ASSERT_EQ(futimens(file, times), 0);
    close(file);
    Expect(name, next_);
    last_[name] = next_++;
  }

  // A picture whose writer pauses until FinishSlow.
  void BeginSlow() {
    const std::string name = absl::StrCat("slow", next_, ".png");
    // A watcher that is started meanwhile must not inherit it.
    const int file = open(Path("in/" + name).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    // The size first, as over SMB; then a part of the pixels.
    const std::string content = Content(next_);
    ASSERT_EQ(ftruncate(file, static_cast<off_t>(content.size())), 0);
    Write(file, content.substr(0, kContentBytes / 3));
    slow_.emplace_back(file, content.substr(kContentBytes / 3));
    Expect(name, next_++);
  }
  void FinishSlow() {
    for (const auto& [file, rest] : slow_) {
      Write(file, rest);
      close(file);
    }
    slow_.clear();
  }

  static void Write(int file, const std::string& bytes) {
    ASSERT_EQ(write(file, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }

  std::multiset<Row> Rows() const {
    std::multiset<Row> rows;
    if (!fs::exists(Path("scores.csv"))) return rows;
    std::istringstream lines(ReadFile(Path("scores.csv")));
    for (std::string line; std::getline(lines, line);) {
      std::vector<std::string> cells;
      std::istringstream row(line);
      for (std::string cell; std::getline(row, cell, ',');) cells.push_back(cell);
      if (cells.size() > 7 && cells[0] != "time")
        rows.insert({cells[3], cells[1], std::atoi(cells[7].c_str())});
    }
    return rows;
  }

  void RunAndCheck() {
    std::mt19937 random(7);
    watchers_.resize(2);
    for (size_t which : {0, 1}) Start(which);
    for (int kill = 0; kill < Kills(); ++kill) {
      FinishSlow();
      BeginSlow();
      for (int i = 0; i < 6; ++i) Arrive();
      if (!move_) {
        const std::multiset<Row> rows = Rows();
        for (int i = 0; i < 4; ++i) Overwrite(std::next(last_.begin(), random() % last_.size())->first, rows);
      }
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 250'000));
      const size_t which = random() % 2;
      Kill(which);
      Start(which);
    }
    FinishSlow();
    const auto deadline = SteadyClock::now() + std::chrono::seconds(60);
    while (Rows().size() < expected_.size() && SteadyClock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    for (const std::unique_ptr<ServerProcess>& watcher : watchers_) {
      // The one that was started last may only just have begun, with all rows written by the other.
      while (!Catches(watcher->pid(), SIGTERM) && SteadyClock::now() < deadline) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      }
      watcher->Signal(SIGTERM);
      EXPECT_EQ(watcher->Wait(), 0) << watcher->log();
    }
    EXPECT_EQ(Rows(), expected_);
    EXPECT_THAT(service_.broken(), IsEmpty());
    const std::string csv = ReadFile(Path("scores.csv"));
    EXPECT_EQ(csv.rfind("time,"), 0u) << "one heading";
    std::cout << Kills() << " kills, " << expected_.size() << " contents, " << Rows().size() << " rows\n";
  }

  testing::TemporaryFolder folder_;
  NumberService service_;
  std::vector<std::string> categories_ = {"cloth", "cloth"};
  bool move_ = false;
  std::vector<std::unique_ptr<ServerProcess>> watchers_;
  int next_ = 1;
  std::map<std::string, int> last_;
  // Open files, and what is missing of them.
  std::vector<std::pair<int, std::string>> slow_;
  std::multiset<Row> expected_;
};

TEST_F(WatchKillTest, KilledAtAnyMomentTwoWatchersGiveEachContentOneRow) { RunAndCheck(); }

TEST_F(WatchKillTest, KilledAtAnyMomentWatchersOfTwoCategoriesGiveEachContentARowEach) {
  categories_ = {"cloth", "linen"};
  RunAndCheck();
}

TEST_F(WatchKillTest, KilledAtAnyMomentTwoWatchersMoveEachPictureOnce) {
  move_ = true;
  RunAndCheck();
  std::multiset<std::string> moved;
  for (const auto& entry : fs::recursive_directory_iterator(Path("sorted"))) {
    if (entry.is_regular_file()) moved.insert(entry.path().filename().string());
  }
  std::multiset<std::string> names;
  for (const Row& row : expected_) names.insert(std::get<1>(row));
  EXPECT_EQ(moved, names);
}

}  // namespace
}  // namespace mlfsc::client
