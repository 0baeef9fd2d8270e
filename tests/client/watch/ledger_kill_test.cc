#include <csignal>
#include <random>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/client/watch/ledger_test.h"

namespace mlfsc::client {
namespace {

namespace fs = std::filesystem;

// Records what has arrived and is not known, telling `begun` of each; ends the process.
[[noreturn]] void Watch(const LedgerOptions& options, int begun) {
  const absl::Time date = absl::Now() + absl::Hours(1);
  absl::StatusOr<std::unique_ptr<Ledger>> ledger = Ledger::Open(options);
  if (!ledger.ok()) _exit(1);
  for (bool left = true; left;) {
    left = false;
    const absl::StatusOr<std::vector<PictureFile>> files = ListPictureFiles(options.folder);
    if (!files.ok() || !(*ledger)->Update(*files).ok()) _exit(2);
    for (const PictureFile& file : *files) {
      if ((*ledger)->Knows(file, date)) continue;
      left = true;
      const absl::StatusOr<bool> claimed = (*ledger)->Claim(file, date);
      if (!claimed.ok()) _exit(3);
      if (!*claimed) continue;
      if (LookAt(options.folder, file.name) == file) {
        if (write(begun, "b", 1) != 1) _exit(4);
        if (!(*ledger)->Record({file, "hash", date}, "OK", file.name + ",", ",").ok()) _exit(5);
      }
      (*ledger)->Release(file);
    }
  }
  _exit(0);
}

class LedgerKillTest : public LedgerTest {
 protected:
  LedgerKillTest() { EXPECT_EQ(pipe(pipe_), 0); }
  ~LedgerKillTest() override {
    close(pipe_[0]);
    close(pipe_[1]);
  }

  pid_t Start() const {
    const pid_t child = fork();
    if (child == 0) Watch(options_, pipe_[1]);
    return child;
  }

  int pipe_[2];
};

TEST_F(LedgerKillTest, TwoAtOnceKilledAgainAndAgainEveryPictureHasOneRow) {
  constexpr int kPictures = 120;
  std::mt19937 random(1);
  for (const PlacementKind kind : {PlacementKind::kMove, PlacementKind::kLink, PlacementKind::kStay}) {
    fs::remove(options_.csv);
    options_.placement = {kind, sorted_};
    // Other ones, not the last kind's.
    for (int i = 0; i < kPictures; ++i)
      Arrive(std::to_string(static_cast<int>(kind)) + "-" + std::to_string(i) + ".png");
    pid_t watchers[2] = {Start(), Start()};
    for (int kills = 0; kills < 20; ++kills) {
      char byte = 0;
      for (unsigned i = random() % 6; i > 0; --i) ASSERT_EQ(read(pipe_[0], &byte, 1), 1);
      usleep(random() % 2000);
      pid_t& victim = watchers[random() % 2];
      kill(victim, SIGKILL);
      waitpid(victim, nullptr, 0);
      // Enough work for all kills, so that none of them ends before.
      victim = Start();
    }
    for (const pid_t watcher : watchers) {
      int status = 0;
      waitpid(watcher, &status, 0);
      EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
    }
    std::istringstream rows(Csv());
    std::string row;
    std::getline(rows, row);
    EXPECT_EQ(row + "\n", Heading());
    std::multiset<std::string> names;
    while (std::getline(rows, row)) {
      names.insert(row.substr(0, row.find(',')));
      const std::string placed = row.substr(row.find(',') + 1, row.rfind(',') - row.find(',') - 1);
      EXPECT_TRUE(fs::exists(placed)) << row;
    }
    EXPECT_EQ(names.size(), static_cast<size_t>(kPictures));
    EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), static_cast<size_t>(kPictures));
    for (const auto& entry : fs::directory_iterator(folder_)) {
      if (entry.path().extension() == ".png") fs::remove(entry.path());
    }
    fs::remove_all(sorted_);
  }
}

}  // namespace
}  // namespace mlfsc::client
