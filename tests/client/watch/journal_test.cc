#include "client/watch/journal.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc::client {
namespace {

using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::StatusIs;
using ::mlfsc::testing::TemporaryFolder;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

JournalEntry MakeEntry(const std::string& name) {
  JournalEntry entry;
  entry.file = {name, 12, 345, 678, 9};
  entry.hash = std::string("\0hash", 5);
  entry.sure = true;
  entry.csv = "scores.csv";
  entry.row_before = "time,\"" + name + "\",";
  entry.row_after = ",OK";
  entry.row_from = 99;
  entry.placing = PlacementKind::kLink;
  entry.target = "sorted/OK/" + name;
  return entry;
}

class JournalTest : public ::testing::Test {
 protected:
  std::unique_ptr<Journal> Open(const std::string& category = "cloth", const std::string& folder = "") {
    absl::StatusOr<std::unique_ptr<Journal>> journal = Journal::Open(path_, folder, category);
    EXPECT_THAT(journal, IsOk());
    return *std::move(journal);
  }

  TemporaryFolder folder_;
  const std::string path_ = folder_.path() + "/journal";
};

TEST_F(JournalTest, AnEntryComesBackAsItWas) {
  // Names are bytes: not UTF-8, a line's end, quotes.
  for (const std::string name : {"a.png", "\xff\xfe.png", "two\nlines\".png", "b\\x.png", "o'clock.png"}) {
    ASSERT_THAT(Open()->Put(MakeEntry(name)), IsOk());
    const absl::StatusOr<std::optional<JournalEntry>> back = Open()->Find(name);
    ASSERT_THAT(back, IsOk());
    ASSERT_TRUE(back->has_value());
    const JournalEntry wanted = MakeEntry(name);
    EXPECT_EQ((*back)->file, wanted.file);
    EXPECT_EQ((*back)->hash, wanted.hash);
    EXPECT_TRUE((*back)->sure);
    EXPECT_EQ((*back)->csv, wanted.csv);
    EXPECT_EQ((*back)->row_before, wanted.row_before);
    EXPECT_EQ((*back)->row_after, wanted.row_after);
    EXPECT_EQ((*back)->row_from, 99);
    EXPECT_EQ((*back)->placing, PlacementKind::kLink);
    EXPECT_EQ((*back)->target, wanted.target);
    EXPECT_FALSE((*back)->finished);
  }
}

TEST_F(JournalTest, WhatOneWatcherPutsIsNewsToTheOther) {
  const std::unique_ptr<Journal> a = Open();
  const std::unique_ptr<Journal> b = Open();
  ASSERT_THAT(a->Put(MakeEntry("a.png")), IsOk());
  EXPECT_THAT(*b->News(), SizeIs(1));
  EXPECT_THAT(*b->News(), IsEmpty());
  // Also when the last one is gone meanwhile.
  ASSERT_THAT(a->Delete("a.png"), IsOk());
  ASSERT_THAT(a->Put(MakeEntry("b.png")), IsOk());
  const absl::StatusOr<std::vector<JournalEntry>> news = b->News();
  ASSERT_THAT(*news, SizeIs(1));
  EXPECT_EQ((*news)[0].file.name, "b.png");
}

TEST_F(JournalTest, ANameHasOneEntryInEachCategoryAndFolder) {
  const std::unique_ptr<Journal> cloth = Open("cloth");
  const std::unique_ptr<Journal> linen = Open("linen");
  const std::unique_ptr<Journal> elsewhere = Open("cloth", "/elsewhere");
  for (int size = 1; size <= 3; ++size) {
    JournalEntry entry = MakeEntry("a.png");
    entry.file.size = size;
    ASSERT_THAT(cloth->Put(entry), IsOk());
  }
  EXPECT_THAT(*Open("cloth")->News(), SizeIs(1));
  EXPECT_EQ((*cloth->Find("a.png"))->file.size, 3);
  EXPECT_FALSE(linen->Find("a.png")->has_value());
  EXPECT_FALSE(elsewhere->Find("a.png")->has_value());
  EXPECT_THAT(*linen->UnfinishedOf("scores.csv"), SizeIs(1)) << "all who write to a file know its rows";
}

TEST_F(JournalTest, FinishedIsFinishedAndOnlyThatIsForgotten) {
  const std::unique_ptr<Journal> journal = Open();
  ASSERT_THAT(journal->Put(MakeEntry("a.png")), IsOk());
  ASSERT_THAT(journal->Forget("a.png"), IsOk());
  EXPECT_THAT(*journal->Unfinished(), SizeIs(1));
  ASSERT_THAT(journal->Finish("a.png"), IsOk());
  EXPECT_THAT(*journal->Unfinished(), IsEmpty());
  EXPECT_TRUE((*journal->Find("a.png"))->finished);
  ASSERT_THAT(journal->Forget("a.png"), IsOk());
  EXPECT_FALSE(journal->Find("a.png")->has_value());
}

TEST_F(JournalTest, AStampIsReplacedAlone) {
  const std::unique_ptr<Journal> journal = Open();
  ASSERT_THAT(journal->Put(MakeEntry("a.png")), IsOk());
  ASSERT_THAT(journal->PutStamp({"a.png", 12, 345, 999, 10}, false), IsOk());
  const std::optional<JournalEntry> entry = *journal->Find("a.png");
  EXPECT_EQ(entry->file.change_ns, 999);
  EXPECT_EQ(entry->file.inode, 10);
  EXPECT_FALSE(entry->sure);
  EXPECT_EQ(entry->hash, MakeEntry("a.png").hash);
}

TEST_F(JournalTest, AFileThatIsNoJournalIsNamedAndLeftAsItIs) {
  const std::string old = "0123456789abcdef {\"name\": \"a.png\"}\n" + std::string(2000, 'x');
  std::ofstream(path_) << old;
  EXPECT_THAT(
      Journal::Open(path_, "", "cloth"),
      StatusIs(absl::StatusCode::kFailedPrecondition, AllOf(HasSubstr(path_), HasSubstr("move it away"))));
  std::ifstream in(path_);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), old);
}

TEST_F(JournalTest, ADamagedJournalIsSaid) {
  {
    const std::unique_ptr<Journal> journal = Open();
    for (int i = 0; i < 10; ++i)
      ASSERT_THAT(journal->Put(MakeEntry(std::string(2000, static_cast<char>('a' + i)))), IsOk());
  }
  {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);
    file << std::string(20'000, 'x');
  }
  EXPECT_THAT(Journal::Open(path_, "", "cloth"),
              StatusIs(absl::StatusCode::kDataLoss, AllOf(HasSubstr(path_), HasSubstr("move it away"))));
}

TEST_F(JournalTest, AFolderThatIsNotThereIsNamed) {
  EXPECT_THAT(Journal::Open(folder_.path() + "/none/journal", "", "cloth"),
              StatusIs(absl::StatusCode::kUnknown, HasSubstr("none/journal")));
}

}  // namespace
}  // namespace mlfsc::client
