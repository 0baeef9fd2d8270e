#include "tests/client/watch/ledger_test.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

namespace mlfsc::client {
namespace {

namespace fs = std::filesystem;
using ::mlfsc::testing::IsOk;

// The clock of a file system stands still for some milliseconds; this is later.
absl::Time Later() { return absl::Now() + absl::Hours(1); }

void SetTime(const std::string& path, int64_t time_ns) {
  const timespec time = {time_ns / 1'000'000'000, time_ns % 1'000'000'000};
  const timespec times[2] = {time, time};
  ASSERT_EQ(utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
}

TEST_F(LedgerTest, APictureGetsOneRowAndIsKnownFromThenOn) {
  const PictureFile file = Arrive("a.png");
  {
    const std::unique_ptr<Ledger> ledger = Open();
    EXPECT_FALSE(ledger->Knows(file, Later()));
    ASSERT_THAT(Record(ledger.get(), file, "OK"), IsOk());
    EXPECT_TRUE(ledger->Knows(file, Later()));
    ASSERT_THAT(Record(ledger.get(), Arrive("b.png"), "NOK"), IsOk());
  }
  EXPECT_TRUE(Open()->Knows(file, Later()));
  EXPECT_EQ(Csv(), Heading() + "a.png," + folder_ + "/a.png,picture\nb.png," + folder_ + "/b.png,picture\n");
}

TEST_F(LedgerTest, WrittenAnewItIsAnotherPicture) {
  const std::unique_ptr<Ledger> ledger = Open();
  ASSERT_THAT(Record(ledger.get(), Arrive("a.png"), "OK"), IsOk());
  EXPECT_FALSE(ledger->Knows(Arrive("a.png", "a longer picture"), Later()));
}

TEST_F(LedgerTest, OverwrittenWithTheSameSizeAndTimeItIsAnotherPictureToo) {
  const PictureFile first = Arrive("a.png", "first!");
  ASSERT_THAT(Record(Open().get(), first, "OK"), IsOk());
  PictureFile second = first;
  while (second.change_ns == first.change_ns) {
    Arrive("a.png", "second");
    SetTime(folder_ + "/a.png", first.time_ns);
    second = *LookAt(folder_, "a.png");
  }
  EXPECT_FALSE(Open()->Knows(second, Later()));
  EXPECT_TRUE(Open()->Knows(first, Later())) << "the test's own assumption: only ctime tells them apart";
}

TEST_F(LedgerTest, OverwrittenInTheMomentItWasReadItIsAnotherPictureToo) {
  const PictureFile first = Arrive("a.png", "first!");
  const std::unique_ptr<Ledger> ledger = Open();
  // Read at once: no clock would show a change in the same moment.
  ASSERT_THAT(ledger->Record({first, HashOf("first!"), absl::FromUnixNanos(first.change_ns)}, "OK", "a,", ""),
              IsOk());
  Arrive("a.png", "second");
  EXPECT_FALSE(ledger->Knows(first, Later())) << "the stamp is that of the first";
}

// FAT has no ctime and a clock of 2 s: nothing but the bytes tells.
TEST_F(LedgerTest, WhereTimesAreCoarseTheBytesDecideAfterARestart) {
  PictureFile file = Arrive("a.png", "first!");
  file.time_ns = file.change_ns = 1'700'000'000'000'000'000;
  ASSERT_THAT(Record(Open().get(), file, "OK"), IsOk());
  SetTime(folder_ + "/a.png", file.time_ns);
  Arrive("a.png", "second");
  EXPECT_FALSE(Open()->Knows(file, Later()));
}

TEST_F(LedgerTest, OtherRightsMakeNoOtherPicture) {
  const PictureFile first = Arrive("a.png");
  ASSERT_THAT(Record(Open().get(), first, "OK"), IsOk());
  PictureFile second = first;
  while (second.change_ns == first.change_ns) {
    fs::permissions(folder_ + "/a.png", fs::perms::owner_read | fs::perms::owner_write);
    second = *LookAt(folder_, "a.png");
  }
  EXPECT_TRUE(Open()->Knows(second, Later()));
  // It was read once; now the stamp tells.
  const std::unique_ptr<Ledger> ledger = Open();
  fs::remove(folder_ + "/a.png");
  EXPECT_TRUE(ledger->Knows(second, Later()));
}

TEST_F(LedgerTest, AFileThatCouldNotBeReadIsKnownAsLongAsItCannot) {
  Arrive("a.png", "");
  PictureFile file = *LookAt(folder_, "a.png");
  // Read at once, so that the stamp is not enough.
  ASSERT_THAT(Open()->Record({file, "", absl::FromUnixNanos(file.change_ns)}, "ERROR", "a.png,", ",empty"),
              IsOk());
  EXPECT_TRUE(Open()->Knows(file, Later()));
}

TEST_F(LedgerTest, OneWatcherAtATimeHasAPictureAndTheOtherLearnsWhatBecameOfIt) {
  const PictureFile file = Arrive("a.png");
  const std::unique_ptr<Ledger> a = Open();
  const std::unique_ptr<Ledger> b = Open();
  EXPECT_TRUE(*a->Claim(file, Later()));
  EXPECT_FALSE(*b->Claim(file, Later()));
  ASSERT_THAT(Record(a.get(), file, "OK"), IsOk());
  EXPECT_FALSE(*b->Claim(file, Later()));
  EXPECT_TRUE(b->Knows(file, Later()));
}

TEST_F(LedgerTest, WatchersOfTwoCategoriesEachHaveAllPicturesAndShareTheFile) {
  const PictureFile file = Arrive("a.png");
  const std::unique_ptr<Ledger> cloth = Open();
  options_.category = "linen";
  const std::unique_ptr<Ledger> linen = Open();
  EXPECT_TRUE(*cloth->Claim(file, Later()));
  EXPECT_TRUE(*linen->Claim(file, Later()));
  ASSERT_THAT(Record(cloth.get(), file, "OK"), IsOk());
  ASSERT_THAT(Record(linen.get(), file, "OK"), IsOk());
  const std::string row = "a.png," + folder_ + "/a.png,picture\n";
  EXPECT_EQ(Csv(), Heading() + row + row);
}

TEST_F(LedgerTest, MovedPicturesNeedNoRecord) {
  options_.placement = {PlacementKind::kMove, sorted_};
  const PictureFile file = Arrive("a.png");
  ASSERT_THAT(Record(Open().get(), file, "NOK"), IsOk());
  EXPECT_TRUE(fs::exists(sorted_ + "/NOK/a.png"));
  EXPECT_EQ(Csv(), Heading() + "a.png," + sorted_ + "/NOK/a.png,picture\n");
  EXPECT_FALSE(Open()->Knows(file, Later()));
}

TEST_F(LedgerTest, APictureThatWasOverwrittenMeanwhileIsNotMovedForTheOldOne) {
  options_.placement = {PlacementKind::kMove, sorted_};
  const PictureFile first = Arrive("a.png", "first");
  const std::unique_ptr<Ledger> ledger = Open();
  const PictureFile second = Arrive("a.png", "the second");
  ASSERT_THAT(ledger->Record({first, HashOf("first"), Later()}, "OK", "a.png,", ",first"), IsOk());
  EXPECT_EQ(Csv(), Heading() + "a.png,,first\n");
  EXPECT_FALSE(ledger->Knows(second, Later()));
  EXPECT_TRUE(fs::exists(folder_ + "/a.png"));
}

TEST_F(LedgerTest, ATargetThatSomebodyTookIsLeftToThem) {
  options_.placement = {PlacementKind::kMove, sorted_};
  const PictureFile file = Arrive("a.png");
  JournalEntry entry;
  entry.file = file;
  entry.csv = options_.csv;
  entry.row_before = "a.png,";
  entry.placing = PlacementKind::kMove;
  entry.target = sorted_ + "/OK/a.png";
  ASSERT_THAT((*Journal::Open(options_.journal, "", "cloth"))->Put(entry), IsOk());
  fs::create_directories(sorted_ + "/OK");
  std::ofstream(entry.target) << "theirs";
  Open();
  EXPECT_EQ(testing::ReadFile(entry.target), "theirs");
  EXPECT_EQ(Csv(), Heading() + "a.png," + sorted_ + "/OK/a-2.png\n");
  EXPECT_TRUE(fs::exists(sorted_ + "/OK/a-2.png"));
}

TEST_F(LedgerTest, AWatcherThatLivesFinishesForOneThatDied) {
  options_.placement = {PlacementKind::kMove, sorted_};
  const std::unique_ptr<Ledger> alive = Open();
  JournalEntry entry;
  entry.file = Arrive("a.png");
  entry.csv = options_.csv;
  entry.row_before = "a.png,";
  entry.placing = PlacementKind::kMove;
  entry.target = sorted_ + "/OK/a.png";
  ASSERT_THAT((*Journal::Open(options_.journal, "", "cloth"))->Put(entry), IsOk());
  ASSERT_THAT(alive->Update({entry.file}), IsOk());
  EXPECT_TRUE(fs::exists(entry.target));
  EXPECT_EQ(Csv(), Heading() + "a.png," + entry.target + "\n");
}

TEST_F(LedgerTest, WhereverACrashCutsTheRowItIsCompletedAndNotRepeated) {
  const std::string before = Heading() + "z,z,z\n";
  const PictureFile file = Arrive("a.png");
  const std::string row = "a.png," + folder_ + "/a.png,end\n";
  for (size_t kept = 0; kept <= row.size(); ++kept) {
    std::ofstream(options_.csv, std::ios::trunc) << before << row.substr(0, kept);
    JournalEntry entry;
    entry.file = file;
    entry.csv = options_.csv;
    entry.row_before = "a.png,";
    entry.row_after = ",end";
    entry.row_from = static_cast<int64_t>(before.size());
    ASSERT_THAT((*Journal::Open(options_.journal, "", "cloth"))->Put(entry), IsOk());
    Open();
    EXPECT_EQ(Csv(), before + row) << kept;
  }
}

TEST_F(LedgerTest, ACsvFileThatWasTakenAwayWhileItStoodStillIsBegunAnew) {
  ASSERT_THAT(Record(Open().get(), Arrive("a.png"), "OK"), IsOk());
  fs::remove(options_.csv);
  const std::unique_ptr<Ledger> ledger = Open();
  EXPECT_FALSE(fs::exists(options_.csv)) << "what was finished is not done again";
  ASSERT_THAT(Record(ledger.get(), Arrive("b.png"), "OK"), IsOk());
  EXPECT_EQ(Csv(), Heading() + "b.png," + folder_ + "/b.png,picture\n");
}

TEST_F(LedgerTest, ARowThatCannotBeWrittenIsAnErrorBeforeAnythingIsRecorded) {
  options_.csv = temporary_.path() + "/missing/scores.csv";
  const std::unique_ptr<Ledger> ledger = Open();
  const PictureFile file = Arrive("a.png");
  EXPECT_FALSE(Record(ledger.get(), file, "OK").ok());
  EXPECT_FALSE(Open()->Knows(file, Later()));
}

TEST_F(LedgerTest, WhatIsGoneIsForgottenInTimeButNotWithTheWholeFolder) {
  options_.forget_after = 20;
  const std::unique_ptr<Ledger> ledger = Open();
  std::vector<PictureFile> files;
  for (int i = 0; i < 30; ++i) {
    const PictureFile file = {std::to_string(i), 1, 1, 1, i};
    ASSERT_THAT(ledger->Record({file, "", Later()}, "OK", "", ""), IsOk());
    files.push_back(file);
  }
  ASSERT_THAT(ledger->Update({}), IsOk());
  EXPECT_TRUE(Open()->Knows(files[5], Later())) << "the folder is not mounted, perhaps";
  ASSERT_THAT(ledger->Update({files[7]}), IsOk());
  EXPECT_FALSE(Open()->Knows(files[5], Later()));
  EXPECT_TRUE(Open()->Knows(files[7], Later()));
}

}  // namespace
}  // namespace mlfsc::client
