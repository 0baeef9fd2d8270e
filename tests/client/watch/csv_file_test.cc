#include "client/watch/csv_file.h"

#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testing/golden.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc::client {
namespace {

using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::ReadFile;

const char kHeading[] = "picture,verdict\n";

class CsvFileTest : public ::testing::Test {
 protected:
  std::unique_ptr<CsvFile> Open(const std::vector<std::string>& unwritten = {}) {
    absl::StatusOr<std::unique_ptr<CsvFile>> file = CsvFile::Open(path_, kHeading, unwritten);
    EXPECT_THAT(file, IsOk());
    return *std::move(file);
  }
  void Write(const std::string& text) { std::ofstream(path_, std::ios::trunc) << text; }

  testing::TemporaryFolder folder_;
  const std::string path_ = folder_.path() + "/scores.csv";
};

TEST_F(CsvFileTest, AnEmptyFileGetsTheHeadingFirst) {
  ASSERT_THAT(Open()->Append("a,OK\n"), IsOk());
  ASSERT_THAT(Open()->Append("b,OK\n"), IsOk());
  EXPECT_EQ(ReadFile(path_), "picture,verdict\na,OK\nb,OK\n");
}

TEST_F(CsvFileTest, WhereverAWriterDiedItsPartOfARowIsTakenAway) {
  const std::string row = "\"a\nb\",OK\n";
  for (const std::string& before : {std::string(kHeading), kHeading + std::string("z,OK\n")}) {
    for (size_t kept = 0; kept < row.size(); ++kept) {
      Write(before + row.substr(0, kept));
      ASSERT_THAT(Open({"other,OK\n", row})->Append("c,OK\n"), IsOk());
      EXPECT_EQ(ReadFile(path_), before + "c,OK\n") << kept;
    }
  }
}

TEST_F(CsvFileTest, WhereverAWriterDiedInTheHeadingItIsBegunAnew) {
  const std::string heading = kHeading;
  for (size_t kept = 0; kept < heading.size(); ++kept) {
    Write(heading.substr(0, kept));
    ASSERT_THAT(Open()->Append("c,OK\n"), IsOk());
    EXPECT_EQ(ReadFile(path_), heading + "c,OK\n") << kept;
  }
}

TEST_F(CsvFileTest, WhatPeopleMadeOfItStays) {
  Write("my own words");
  ASSERT_THAT(Open({"a,OK\n"})->Append("c,OK\n"), IsOk());
  EXPECT_EQ(ReadFile(path_), "my own words\nc,OK\n");
}

TEST_F(CsvFileTest, ARowIsFoundBehindThePlaceItWasDecidedAt) {
  Write("picture,verdict\na,OK\nb,OK\n");
  const std::unique_ptr<CsvFile> file = Open();
  EXPECT_TRUE(*file->Has("b,OK\n", 21));
  EXPECT_FALSE(*file->Has("a,OK\n", 21)) << "an earlier picture's";
  EXPECT_TRUE(*file->Has("a,OK\n", 1000)) << "the file was made shorter";
  EXPECT_FALSE(*file->Has(",OK\n", 16)) << "not a whole line";
}

TEST_F(CsvFileTest, ManyWritersAtOnceLoseNothing) {
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 4; ++writer) {
    writers.emplace_back([this] {
      for (int i = 0; i < 25; ++i) ASSERT_THAT(Open()->Append("row,OK\n"), IsOk());
    });
  }
  for (std::thread& writer : writers) writer.join();
  std::string wanted = kHeading;
  for (int i = 0; i < 100; ++i) wanted += "row,OK\n";
  EXPECT_EQ(ReadFile(path_), wanted);
}

TEST_F(CsvFileTest, AFolderThatIsNotThereIsAnError) {
  EXPECT_THAT(CsvFile::Open(folder_.path() + "/none/a.csv", kHeading, {}),
              testing::StatusIs(absl::StatusCode::kNotFound, ::testing::HasSubstr("none/a.csv")));
}

}  // namespace
}  // namespace mlfsc::client
