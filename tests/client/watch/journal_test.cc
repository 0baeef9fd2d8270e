#include "client/watch/journal.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc::client {
namespace {

using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::StatusIs;
using ::mlfsc::testing::TemporaryFolder;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

JournalRecord MakeRecord(const std::string& name) {
  JournalRecord record;
  record.file = {name, 12, 345};
  record.row = "time,\"" + name + "\"\n";
  record.row_at = 99;
  record.target = "sorted/OK/" + name;
  return record;
}

class JournalTest : public ::testing::Test {
 protected:
  std::unique_ptr<Journal> Open() {
    absl::StatusOr<std::unique_ptr<Journal>> journal = Journal::Open(path_);
    EXPECT_THAT(journal, IsOk());
    return *std::move(journal);
  }
  std::string Text() const {
    std::ifstream in(path_, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }
  void Write(const std::string& text) { std::ofstream(path_, std::ios::binary | std::ios::trunc) << text; }

  TemporaryFolder folder_;
  const std::string path_ = folder_.path() + "/journal";
};

TEST_F(JournalTest, ARecordComesBackAsItWas) {
  // Names are bytes: not UTF-8, a line's end, quotes.
  for (const std::string name : {"a.png", "\xff\xfe.png", "two\nlines\".png", "b\\x.png"}) {
    JournalRecord record = MakeRecord(name);
    record.finished = name == "a.png";
    const std::string line = FormatRecord(record);
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    const std::optional<JournalRecord> back = ParseRecord(line.substr(0, line.size() - 1));
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(back->file, record.file);
    EXPECT_EQ(back->row, record.row);
    EXPECT_EQ(back->row_at, 99);
    EXPECT_EQ(back->target, record.target);
    EXPECT_EQ(back->finished, record.finished);
  }
}

TEST_F(JournalTest, AChangedByteIsNoRecord) {
  std::string line = FormatRecord(MakeRecord("a.png"));
  line.pop_back();
  for (size_t i = 0; i < line.size(); ++i) {
    std::string changed = line;
    changed[i] = changed[i] == 'x' ? 'y' : 'x';
    EXPECT_FALSE(ParseRecord(changed).has_value()) << i;
  }
}

TEST_F(JournalTest, RecordsAreThereAfterAReopening) {
  {
    const std::unique_ptr<Journal> journal = Open();
    EXPECT_THAT(journal->found(), IsEmpty());
    ASSERT_THAT(journal->Append(MakeRecord("a.png")), IsOk());
    ASSERT_THAT(journal->Append(MakeRecord("b.png")), IsOk());
  }
  const std::unique_ptr<Journal> journal = Open();
  ASSERT_THAT(journal->found(), SizeIs(2));
  EXPECT_EQ(journal->found()[1].file.name, "b.png");
}

TEST_F(JournalTest, WhereverACrashCutsTheLastLineTheOthersStay) {
  const std::string first = FormatRecord(MakeRecord("a.png"));
  const std::string second = FormatRecord(MakeRecord("b.png"));
  for (size_t kept = 0; kept < second.size(); ++kept) {
    Write(first + second.substr(0, kept));
    {
      const std::unique_ptr<Journal> journal = Open();
      ASSERT_THAT(journal->found(), SizeIs(1)) << kept;
      ASSERT_THAT(journal->Append(MakeRecord("c.png")), IsOk());
    }
    EXPECT_EQ(Text(), first + FormatRecord(MakeRecord("c.png")));
  }
}

TEST_F(JournalTest, DamageInTheMiddleIsSaidWithItsPlace) {
  const std::string line = FormatRecord(MakeRecord("a.png"));
  Write(line + "garbage\n" + line);
  EXPECT_THAT(Journal::Open(path_), StatusIs(absl::StatusCode::kDataLoss,
                                             HasSubstr("no record at byte " + std::to_string(line.size()))));
}

TEST_F(JournalTest, OneProcessAtATimeHasIt) {
  const std::unique_ptr<Journal> journal = Open();
  EXPECT_THAT(Journal::Open(path_),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("another mlfsc watch")));
}

TEST_F(JournalTest, RewrittenItHasOnlyTheNewRecordsAndTakesMore) {
  {
    const std::unique_ptr<Journal> journal = Open();
    for (const char* name : {"a.png", "b.png", "c.png"}) {
      ASSERT_THAT(journal->Append(MakeRecord(name)), IsOk());
    }
    ASSERT_THAT(journal->Rewrite({MakeRecord("b.png")}), IsOk());
    ASSERT_THAT(journal->Append(MakeRecord("d.png")), IsOk());
  }
  const std::unique_ptr<Journal> journal = Open();
  ASSERT_THAT(journal->found(), SizeIs(2));
  EXPECT_EQ(journal->found()[0].file.name, "b.png");
  EXPECT_EQ(journal->found()[1].file.name, "d.png");
}

}  // namespace
}  // namespace mlfsc::client
