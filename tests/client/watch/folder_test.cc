#include "client/watch/folder.h"

#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc::client {
namespace {

using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::StatusIs;
using ::mlfsc::testing::TemporaryFolder;
using ::testing::_;

TEST(ListPictureFilesTest, PicturesOldestFirstAndNothingElse) {
  TemporaryFolder folder;
  int minutes = 0;
  for (const char* name : {"b.png", "a.JPG", ".hidden.png", "scores.csv"}) {
    const std::string path = folder.path() + "/" + name;
    std::ofstream(path) << "bytes";
    std::filesystem::last_write_time(
        path, std::filesystem::file_time_type::clock::now() + std::chrono::minutes(++minutes));
  }
  std::filesystem::create_directory(folder.path() + "/folder.png");
  const absl::StatusOr<std::vector<PictureFile>> files = ListPictureFiles(folder.path());
  ASSERT_THAT(files, IsOk());
  ASSERT_EQ(files->size(), 2u);
  EXPECT_EQ((*files)[0].name, "b.png");
  EXPECT_EQ((*files)[0].size, 5);
  EXPECT_EQ((*files)[1].name, "a.JPG");
}

TEST(ListPictureFilesTest, AnEmptyFolderIsNoErrorAMissingOneIs) {
  TemporaryFolder folder;
  EXPECT_THAT(ListPictureFiles(folder.path()), IsOk());
  EXPECT_THAT(ListPictureFiles(folder.path() + "/none"), StatusIs(absl::StatusCode::kNotFound, _));
}

// Puts the time of `path` back to what it was.
void SetTime(const std::string& path, int64_t time_ns) {
  const timespec time = {time_ns / 1'000'000'000, time_ns % 1'000'000'000};
  const timespec times[2] = {time, time};
  ASSERT_EQ(utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
}

TEST(CompareTest, WrittenAnewWithTheSameSizeAndTimeItIsNotSurelyTheSame) {
  TemporaryFolder folder;
  const std::string path = folder.path() + "/a.png";
  std::ofstream(path) << "first!";
  const PictureFile first = *LookAt(folder.path(), "a.png");
  // The clock of a file system stands still for some milliseconds.
  PictureFile second = first;
  while (second.change_ns == first.change_ns) {
    std::ofstream(path) << "second";
    SetTime(path, first.time_ns);
    second = *LookAt(folder.path(), "a.png");
  }
  EXPECT_EQ(second.size, first.size);
  EXPECT_EQ(second.time_ns, first.time_ns);
  EXPECT_EQ(Compare(first, true, second), Content::kOpen);
}

TEST(CompareTest, WhatTheStampsOfTwoLooksSay) {
  const PictureFile before{"a.png", 100, 5, 7, 1};
  EXPECT_EQ(Compare(before, true, before), Content::kSame);
  EXPECT_EQ(Compare(before, false, before), Content::kOpen) << "changed in the same moment, perhaps";
  EXPECT_EQ(Compare(before, true, {"a.png", 101, 5, 7, 1}), Content::kOther);
  EXPECT_EQ(Compare(before, true, {"a.png", 100, 6, 7, 1}), Content::kOther);
  EXPECT_EQ(Compare(before, true, {"a.png", 100, 5, 8, 1}), Content::kOpen)
      << "another owner, or overwritten";
  EXPECT_EQ(Compare(before, true, {"a.png", 100, 5, 7, 2}), Content::kOpen) << "another file in its place";
}

TEST(CompareTest, AStampIsSureWhenTheClockHasGoneOnSince) {
  const int64_t fine = 1'700'000'000'123'456'789;
  const int64_t coarse = 1'700'000'000'000'000'000;
  const auto after = [](int64_t time, absl::Duration by) { return absl::FromUnixNanos(time) + by; };
  EXPECT_FALSE(IsSure({"a", 1, fine, fine, 1}, after(fine, absl::Milliseconds(10))));
  EXPECT_TRUE(IsSure({"a", 1, fine, fine, 1}, after(fine, absl::Milliseconds(50))));
  EXPECT_FALSE(HasCoarseTimes({"a", 1, coarse, fine, 1}));
  EXPECT_TRUE(HasCoarseTimes({"a", 1, fine, coarse, 1}));
  EXPECT_FALSE(IsSure({"a", 1, coarse, coarse, 1}, after(coarse, absl::Seconds(2)))) << "FAT counts in 2 s";
  EXPECT_TRUE(IsSure({"a", 1, coarse, coarse, 1}, after(coarse, absl::Seconds(3))));
}

TEST(IsOnNetworkTest, AFolderOfThisMachineIsNot) {
  TemporaryFolder folder;
  EXPECT_FALSE(IsOnNetwork(folder.path()));
  EXPECT_FALSE(IsOnNetwork(folder.path() + "/none"));
}

}  // namespace
}  // namespace mlfsc::client
