#include "client/pictures/picture_file.h"

#include <filesystem>
#include <string>

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

class PictureFileTest : public ::testing::Test {
 protected:
  std::string Path(const std::string& name) const { return temporary_.path() + "/" + name; }

  TemporaryFolder temporary_;
};

TEST_F(PictureFileTest, APictureIsSentAsItIs) {
  const std::string bytes("\x00\x01png", 5);
  ASSERT_THAT(WriteFile(Path("a.png"), bytes), IsOk());
  const absl::StatusOr<v1::Picture> picture = ReadPicture(Path("a.png"));
  ASSERT_THAT(picture, IsOk());
  EXPECT_EQ(picture->encoded(), bytes);
}

TEST_F(PictureFileTest, WhatCannotBeReadIsNamed) {
  EXPECT_THAT(ReadPicture(Path("none.png")),
              StatusIs(absl::StatusCode::kNotFound, Path("none.png") + ": no such file"));
  EXPECT_THAT(ReadPicture(temporary_.path()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("not a file")));
  ASSERT_THAT(WriteFile(Path("empty.png"), ""), IsOk());
  EXPECT_THAT(ReadPicture(Path("empty.png")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("empty")));
}

TEST_F(PictureFileTest, AFileTooLargeForAMessageIsNotRead) {
  ASSERT_THAT(WriteFile(Path("large.tif"), "x"), IsOk());
  // Sparse: takes no room on the disk.
  std::filesystem::resize_file(Path("large.tif"), kMaxPictureFileBytes + 1);
  EXPECT_THAT(ReadPicture(Path("large.tif")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("the limit is 268435456")));
}

TEST_F(PictureFileTest, ALinkToNothingSaysWhereItLeads) {
  std::filesystem::create_symlink("/nowhere/else.png", Path("link.png"));
  EXPECT_THAT(ReadPicture(Path("link.png")),
              StatusIs(absl::StatusCode::kNotFound,
                       Path("link.png") + ": a link to /nowhere/else.png, which is not there"));
  std::filesystem::create_symlink(Path("loop.png"), Path("loop.png"));
  EXPECT_THAT(ReadPicture(Path("loop.png")).status().message(), HasSubstr("loop.png"));
}

TEST_F(PictureFileTest, WhatCannotBeWrittenIsKnownBeforehand) {
  EXPECT_THAT(CheckWritable(Path("a/b/c.json")), IsOk());
  EXPECT_FALSE(std::filesystem::exists(Path("a")));
  ASSERT_THAT(WriteFile(Path("file"), "x"), IsOk());
  EXPECT_THAT(CheckWritable(Path("file")), IsOk());
  EXPECT_THAT(CheckWritable(Path("file/c.json")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("is not a folder")));
  EXPECT_THAT(CheckWritable(temporary_.path()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("a folder")));
}

TEST_F(PictureFileTest, FoldersAboveAFileAreMade) {
  EXPECT_THAT(WriteFile(Path("a/b/c.png"), "x"), IsOk());
  EXPECT_TRUE(std::filesystem::exists(Path("a/b/c.png")));
  EXPECT_FALSE(WriteFile(Path("a/b/c.png/d.png"), "x").ok()) << "a file is no folder";
}

}  // namespace
}  // namespace mlfsc::client
