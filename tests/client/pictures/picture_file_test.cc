#include "client/pictures/picture_file.h"

#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opencv2/core.hpp>

#include "core/image/draw.h"
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

TEST_F(PictureFileTest, AMaskIsOneWhereTheFileIsBright) {
  Image image;
  image.rgb = cv::Mat(16, 16, CV_8UC3, cv::Scalar::all(0));
  image.rgb.at<cv::Vec3b>(2, 3) = cv::Vec3b(255, 255, 255);
  image.rgb.at<cv::Vec3b>(4, 5) = cv::Vec3b(127, 127, 127);
  ASSERT_THAT(WriteFile(Path("mask.png"), *EncodePng(image)), IsOk());
  const absl::StatusOr<cv::Mat> mask = ReadMask(Path("mask.png"));
  ASSERT_THAT(mask, IsOk());
  EXPECT_EQ(mask->at<uint8_t>(2, 3), 1);
  EXPECT_EQ(cv::countNonZero(*mask), 1);
}

TEST_F(PictureFileTest, AMaskThatIsNoPictureIsNamed) {
  ASSERT_THAT(WriteFile(Path("mask.png"), "text"), IsOk());
  EXPECT_THAT(ReadMask(Path("mask.png")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("mask.png")));
}

TEST_F(PictureFileTest, FoldersAboveAFileAreMade) {
  EXPECT_THAT(WriteFile(Path("a/b/c.png"), "x"), IsOk());
  EXPECT_TRUE(std::filesystem::exists(Path("a/b/c.png")));
  EXPECT_FALSE(WriteFile(Path("a/b/c.png/d.png"), "x").ok()) << "a file is no folder";
}

}  // namespace
}  // namespace mlfsc::client
