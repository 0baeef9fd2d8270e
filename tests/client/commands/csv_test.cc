#include "client/commands/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlfsc::client {
namespace {

TEST(CsvTest, OnlyWhatNeedsQuotesHasThem) {
  EXPECT_EQ(CsvField("part 1.png"), "part 1.png");
  EXPECT_EQ(CsvField("a,b"), "\"a,b\"");
  EXPECT_EQ(CsvField("12\" disc"), "\"12\"\" disc\"");
  EXPECT_EQ(CsvField("a;b"), "a;b");
}

TEST(CsvTest, APathThatIsNoTextCanBeOpenedAgain) {
  EXPECT_EQ(CsvPath("gr\xfcn,1.png"), "file:gr%FCn%2C1.png");
  EXPECT_EQ(CsvPath("two\nlines.png"), "file:two%0Alines.png");
  EXPECT_EQ(CsvPath("=1.png"), "=1.png");
}

TEST(CsvTest, NoCellIsAFormulaInASpreadsheet) {
  for (const char* text : {"=1+1", "+1", "-1", "@sum", "\uFF1D1", "\uFF0B1", "\uFF0D1", "\uFF20x"}) {
    EXPECT_EQ(CsvField(text, CsvReader::kSpreadsheet), std::string("'") + text);
    EXPECT_EQ(CsvPath(text, CsvReader::kSpreadsheet), std::string("./") + text) << "the same file";
    EXPECT_EQ(CsvField(text), text);
  }
  EXPECT_EQ(CsvField("\t=1", CsvReader::kSpreadsheet), "\"'\t=1\"");
  EXPECT_EQ(CsvField("a;=1", CsvReader::kSpreadsheet), "\"a;=1\"") << "the semicolon ends a cell in many countries";
  EXPECT_EQ(CsvField("", CsvReader::kSpreadsheet), "");
  EXPECT_EQ(CsvField("1-2", CsvReader::kSpreadsheet), "1-2");
}

TEST(CsvTest, AnErrorIsOneLineWithoutControlCharacters) {
  EXPECT_EQ(CsvFields(absl::InvalidArgumentError("gr\xfcn\x1b[2J.png: cut\nshort")),
            ",,,,,,,,,,,,gr\\xFCn?[2J.png: cut short");
  EXPECT_EQ(CsvFields(absl::InvalidArgumentError("=1.png: empty"), CsvReader::kSpreadsheet),
            ",,,,,,,,,,,,'=1.png: empty");
}

}  // namespace
}  // namespace mlfsc::client
