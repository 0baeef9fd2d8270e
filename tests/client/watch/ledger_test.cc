#include "client/watch/ledger.h"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc::client {
namespace {

namespace fs = std::filesystem;
using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::TemporaryFolder;
using ::testing::IsEmpty;

std::string Read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

class LedgerTest : public ::testing::Test {
 protected:
  LedgerTest() {
    fs::create_directory(folder_);
    options_.folder = folder_;
    options_.csv = temporary_.path() + "/scores.csv";
    options_.csv_heading = "picture,placed";
    options_.journal = temporary_.path() + "/journal";
  }

  PictureFile Arrive(const std::string& name, const std::string& bytes = "picture") {
    std::ofstream(folder_ + "/" + name, std::ios::trunc) << bytes;
    const absl::StatusOr<std::vector<PictureFile>> files = ListPictureFiles(folder_);
    EXPECT_THAT(files, IsOk());
    for (const PictureFile& file : *files) {
      if (file.name == name) return file;
    }
    ADD_FAILURE() << name;
    return {};
  }

  std::unique_ptr<Ledger> Open() {
    absl::StatusOr<std::unique_ptr<Ledger>> ledger = Ledger::Open(options_);
    EXPECT_THAT(ledger, IsOk());
    return *std::move(ledger);
  }

  static absl::Status Record(Ledger* ledger, const PictureFile& file, const std::string& group) {
    return ledger->Record(file, group, [&](const std::string& placed) { return file.name + "," + placed; });
  }

  // What a crash leaves that comes right after the journal was told: a record, and nothing else.
  void WriteJournal(const PictureFile& file, const std::string& row, int64_t row_at,
                    const std::string& target) {
    JournalRecord record;
    record.file = file;
    record.row = row;
    record.row_at = row_at;
    record.target = target;
    absl::StatusOr<std::unique_ptr<Journal>> journal = Journal::Open(options_.journal);
    ASSERT_THAT(journal, IsOk());
    ASSERT_THAT((*journal)->Append(record), IsOk());
  }

  TemporaryFolder temporary_;
  const std::string folder_ = temporary_.path() + "/in";
  const std::string sorted_ = temporary_.path() + "/sorted";
  LedgerOptions options_;
};

TEST_F(LedgerTest, APictureGetsOneRowAndIsKnownFromThenOn) {
  const PictureFile file = Arrive("a.png");
  {
    const std::unique_ptr<Ledger> ledger = Open();
    EXPECT_FALSE(ledger->Knows(file));
    ASSERT_THAT(Record(ledger.get(), file, "OK"), IsOk());
    EXPECT_TRUE(ledger->Knows(file));
    ASSERT_THAT(Record(ledger.get(), Arrive("b.png"), "NOK"), IsOk());
  }
  const std::unique_ptr<Ledger> again = Open();
  EXPECT_TRUE(again->Knows(file));
  EXPECT_EQ(Read(options_.csv), "picture,placed\na.png," + folder_ + "/a.png\nb.png," + folder_ + "/b.png\n");
}

TEST_F(LedgerTest, WrittenAnewItIsAnotherPicture) {
  const std::unique_ptr<Ledger> ledger = Open();
  ASSERT_THAT(Record(ledger.get(), Arrive("a.png"), "OK"), IsOk());
  const PictureFile changed = Arrive("a.png", "a longer picture");
  EXPECT_FALSE(ledger->Knows(changed));
}

TEST_F(LedgerTest, MovedPicturesNeedNoRecord) {
  options_.placement = {PlacementKind::kMove, sorted_};
  {
    const std::unique_ptr<Ledger> ledger = Open();
    ASSERT_THAT(Record(ledger.get(), Arrive("a.png"), "NOK"), IsOk());
  }
  EXPECT_TRUE(fs::exists(sorted_ + "/NOK/a.png"));
  EXPECT_EQ(Read(options_.csv), "picture,placed\na.png," + sorted_ + "/NOK/a.png\n");
  EXPECT_THAT((*Journal::Open(options_.journal))->found(), IsEmpty());
}

TEST_F(LedgerTest, ACrashBeforeTheRowIsMadeUpFor) {
  options_.placement = {PlacementKind::kMove, sorted_};
  const PictureFile file = Arrive("a.png");
  WriteJournal(file, "picture,placed\na\n", 0, sorted_ + "/OK/a.png");
  const std::unique_ptr<Ledger> ledger = Open();
  EXPECT_EQ(Read(options_.csv), "picture,placed\na\n");
  EXPECT_TRUE(fs::exists(sorted_ + "/OK/a.png"));
  EXPECT_FALSE(fs::exists(folder_ + "/a.png"));
}

TEST_F(LedgerTest, WhereverACrashCutsTheRowItIsCompletedAndNotRepeated) {
  const std::string before = "picture,placed\nz,z\n";
  const std::string row = "a.png,somewhere\n";
  const PictureFile file = Arrive("a.png");
  for (size_t kept = 0; kept <= row.size(); ++kept) {
    std::ofstream(options_.csv, std::ios::trunc) << before << row.substr(0, kept);
    fs::remove(options_.journal);
    WriteJournal(file, row, static_cast<int64_t>(before.size()), "");
    EXPECT_TRUE(Open()->Knows(file));
    EXPECT_EQ(Read(options_.csv), before + row) << kept;
  }
}

TEST_F(LedgerTest, ACsvFileThatWasTakenAwayWhileItStoodStillIsBegunAnew) {
  {
    const std::unique_ptr<Ledger> ledger = Open();
    ASSERT_THAT(Record(ledger.get(), Arrive("a.png"), "OK"), IsOk());
  }
  fs::remove(options_.csv);
  const std::unique_ptr<Ledger> ledger = Open();
  EXPECT_FALSE(fs::exists(options_.csv)) << "what was finished is not done again";
  ASSERT_THAT(Record(ledger.get(), Arrive("b.png"), "OK"), IsOk());
  EXPECT_EQ(Read(options_.csv), "picture,placed\nb.png," + folder_ + "/b.png\n");
}

TEST_F(LedgerTest, ARowThatCannotBeWrittenIsWrittenLaterOnce) {
  options_.csv = temporary_.path() + "/missing/scores.csv";
  const std::unique_ptr<Ledger> ledger = Open();
  const PictureFile file = Arrive("a.png");
  EXPECT_FALSE(Record(ledger.get(), file, "OK").ok());
  EXPECT_TRUE(ledger->Knows(file));
  fs::create_directory(temporary_.path() + "/missing");
  ASSERT_THAT(Record(ledger.get(), Arrive("b.png"), "OK"), IsOk());
  EXPECT_EQ(Read(options_.csv), "picture,placed\na.png," + folder_ + "/a.png\nb.png," + folder_ + "/b.png\n");
}

// Records what arrived and is not known, in a process of its own, which is killed once it has begun `begun`
// pictures; 0: it comes to its end.
void RunAndKill(const LedgerOptions& options, int begun) {
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    absl::StatusOr<std::unique_ptr<Ledger>> ledger = Ledger::Open(options);
    const absl::StatusOr<std::vector<PictureFile>> files = ListPictureFiles(options.folder);
    if (!ledger.ok() || !files.ok()) _exit(1);
    for (const PictureFile& file : *files) {
      if ((*ledger)->Knows(file)) continue;
      if (write(pipe_ends[1], "b", 1) != 1) _exit(1);
      const absl::Status recorded =
          (*ledger)->Record(file, "OK", [&](const std::string& placed) { return file.name + "," + placed; });
      if (!recorded.ok()) _exit(1);
    }
    _exit(0);
  }
  close(pipe_ends[1]);
  char byte = 0;
  for (int i = 0; i < begun && read(pipe_ends[0], &byte, 1) == 1; ++i) {
  }
  if (begun > 0) kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  close(pipe_ends[0]);
  EXPECT_FALSE(WIFEXITED(status) && WEXITSTATUS(status) != 0);
}

TEST_F(LedgerTest, KilledAgainAndAgainEveryPictureHasOneRow) {
  constexpr int kPictures = 60;
  for (const bool move : {true, false}) {
    fs::remove(options_.journal);
    fs::remove(options_.csv);
    options_.placement = {move ? PlacementKind::kMove : PlacementKind::kLink, sorted_};
    for (int i = 0; i < kPictures; ++i) {
      std::ofstream(folder_ + "/" + std::to_string(i) + ".png") << "picture " << i;
    }
    for (int kills = 0; kills < 15; ++kills) RunAndKill(options_, 1 + kills % 5);
    RunAndKill(options_, 0);
    std::istringstream rows(Read(options_.csv));
    std::set<std::string> names;
    int count = -1;  // The heading.
    for (std::string row; std::getline(rows, row); ++count) {
      if (count >= 0) names.insert(row.substr(0, row.find(',')));
    }
    EXPECT_EQ(count, kPictures);
    EXPECT_EQ(names.size(), static_cast<size_t>(kPictures));
    EXPECT_EQ(std::distance(fs::directory_iterator(sorted_ + "/OK"), fs::directory_iterator()), kPictures);
    fs::remove_all(sorted_);
  }
}

TEST_F(LedgerTest, TheJournalDoesNotGrowForEver) {
  options_.placement = {PlacementKind::kMove, sorted_};
  options_.shrink_after = 10;
  const std::unique_ptr<Ledger> ledger = Open();
  for (int i = 0; i < 25; ++i) ASSERT_THAT(Record(ledger.get(), Arrive("a.png"), "OK"), IsOk());
  const std::string journal = Read(options_.journal);
  EXPECT_EQ(std::count(journal.begin(), journal.end(), '\n'), 5);
}

}  // namespace
}  // namespace mlfsc::client
