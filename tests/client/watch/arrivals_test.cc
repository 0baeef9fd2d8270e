#include "client/watch/arrivals.h"

#include <filesystem>
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
using ::testing::_;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const PictureFile kFile{"a.png", 100, 5};

class ArrivalsTest : public ::testing::Test {
 protected:
  std::vector<PictureFile> PollAt(double seconds, const std::vector<PictureFile>& files) {
    return arrivals_.Poll(files, absl::UnixEpoch() + absl::Seconds(seconds),
                          [this](const PictureFile& file) { return file == known_; });
  }

  Arrivals arrivals_{absl::Seconds(1)};
  PictureFile known_;
};

TEST_F(ArrivalsTest, AFileIsWholeWhenItHasNotChangedForAWhile) {
  EXPECT_THAT(PollAt(0, {kFile}), IsEmpty());
  EXPECT_EQ(arrivals_.pending(), 1);
  EXPECT_THAT(PollAt(0.9, {kFile}), IsEmpty());
  EXPECT_THAT(PollAt(1, {kFile}), ElementsAre(kFile));
  EXPECT_EQ(arrivals_.pending(), 0);
}

TEST_F(ArrivalsTest, AFileThatGrowsStartsAnew) {
  PictureFile longer = kFile;
  longer.size = 200;
  PictureFile touched = longer;
  touched.time_ns = 6;
  PollAt(0, {kFile});
  EXPECT_THAT(PollAt(1, {longer}), IsEmpty());
  EXPECT_THAT(PollAt(1.5, {touched}), IsEmpty());
  EXPECT_THAT(PollAt(2.4, {touched}), IsEmpty());
  EXPECT_THAT(PollAt(2.5, {touched}), ElementsAre(touched));
}

TEST_F(ArrivalsTest, AnEmptyFileIsNeverWhole) {
  const PictureFile empty{"a.png", 0, 5};
  PollAt(0, {empty});
  EXPECT_THAT(PollAt(100, {empty}), IsEmpty());
}

TEST_F(ArrivalsTest, AKnownFileIsNotGiven) {
  known_ = kFile;
  PollAt(0, {kFile});
  EXPECT_THAT(PollAt(10, {kFile}), IsEmpty());
  EXPECT_EQ(arrivals_.pending(), 0);
}

TEST_F(ArrivalsTest, AFileThatCouldNotBeReadComesOnceMoreMuchLater) {
  PollAt(0, {kFile});
  ASSERT_THAT(PollAt(1, {kFile}), ElementsAre(kFile));
  EXPECT_TRUE(arrivals_.Defer(kFile));
  EXPECT_THAT(PollAt(9, {kFile}), IsEmpty());
  EXPECT_EQ(arrivals_.pending(), 1);
  EXPECT_THAT(PollAt(10, {kFile}), ElementsAre(kFile));
  EXPECT_FALSE(arrivals_.Defer(kFile)) << "it has had its second chance";
}

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

}  // namespace
}  // namespace mlfsc::client
