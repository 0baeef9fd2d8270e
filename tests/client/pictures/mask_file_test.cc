#include "client/pictures/mask_file.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>

#include "absl/strings/escaping.h"
#include "client/pictures/picture_file.h"
#include "core/image/picture_header.h"
#include "core/image/draw.h"
#include "tests/core/image/test_files.h"
#include "tests/testing/golden.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc::client {
namespace {

using ::mlfsc::testing::ExifBlock;
using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::PngChunk;
using ::mlfsc::testing::StatusIs;
using ::mlfsc::testing::TemporaryFolder;
using ::mlfsc::testing::WithPngChunk;
using ::testing::AllOf;
using ::testing::HasSubstr;

std::vector<std::string> Rows(const cv::Mat& mask) {
  std::vector<std::string> rows;
  for (int y = 0; y < mask.rows; ++y) {
    std::string row;
    for (int x = 0; x < mask.cols; ++x) row += mask.at<uint8_t>(y, x) == 1 ? '#' : '.';
    rows.push_back(row);
  }
  return rows;
}

TEST(MaskFileTest, WhateverDiffersFromTheBackgroundIsDefect) {
  const nlohmann::json table =
      nlohmann::json::parse(testing::ReadFile(std::string(MLFSC_TESTDATA) + "/masks.json"));
  ASSERT_GT(table["masks"].size(), 30u);
  for (const nlohmann::json& one : table["masks"]) {
    const std::string name = one["name"];
    std::string file;
    ASSERT_TRUE(absl::Base64Unescape(one["file"].get<std::string>(), &file)) << name;
    const absl::StatusOr<cv::Mat> mask = DecodeMask(file);
    if (one.contains("error")) {
      EXPECT_THAT(mask,
                  StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(one["error"].get<std::string>())))
          << name;
    } else {
      ASSERT_THAT(mask, IsOk()) << name;
      EXPECT_EQ(mask->type(), CV_8UC1);
      EXPECT_EQ(Rows(*mask), table["shapes"][one["shape"].get<size_t>()].get<std::vector<std::string>>())
          << name;
    }
  }
}

class ReadMasksTest : public ::testing::Test {
 protected:
  std::string Path(const std::string& name) const { return temporary_.path() + "/" + name; }

  // A mask of 20 x 16 px or what `turned` makes of it, defective in one corner.
  std::string Write(const std::string& name, int orientation = 1, int exif = 1) {
    Image image;
    image.rgb = cv::Mat(16, 20, CV_8UC3, cv::Scalar::all(0));
    image.rgb(cv::Rect(1, 2, 3, 1)).setTo(cv::Scalar::all(255));
    // So that `orientation` sets it upright again.
    for (int inverse = 1; inverse <= kOrientations; ++inverse) {
      const cv::Mat stored = Upright(image.rgb, inverse);
      const cv::Mat back = Upright(stored, orientation);
      if (back.size() == image.rgb.size() && cv::norm(back, image.rgb, cv::NORM_INF) == 0) {
        image.rgb = stored.clone();
        break;
      }
    }
    std::string png = *EncodePng(image);
    if (exif != 1) png = WithPngChunk(png, PngChunk("eXIf", ExifBlock(exif, false)));
    EXPECT_THAT(WriteFile(Path(name), png), IsOk());
    return Path(name);
  }

  static void ExpectUpright(const absl::StatusOr<cv::Mat>& mask) {
    ASSERT_THAT(mask, IsOk());
    ASSERT_EQ(mask->size(), cv::Size(20, 16));
    EXPECT_EQ(cv::countNonZero(*mask), 3);
    EXPECT_EQ(cv::countNonZero((*mask)(cv::Rect(1, 2, 3, 1))), 3);
  }

  TemporaryFolder temporary_;
};

TEST_F(ReadMasksTest, SeveralMasksAreOne) {
  Image other;
  other.rgb = cv::Mat(16, 20, CV_8UC3, cv::Scalar::all(0));
  other.rgb.at<cv::Vec3b>(10, 10) = cv::Vec3b(0, 0, 1);
  ASSERT_THAT(WriteFile(Path("b.png"), *EncodePng(other)), IsOk());
  const absl::StatusOr<cv::Mat> mask =
      ReadMasks({Write("a.png"), Path("b.png")}, {20, 16, kUpright}, MaskFrame::kBySides);
  ASSERT_THAT(mask, IsOk());
  EXPECT_EQ(cv::countNonZero(*mask), 4);
  EXPECT_EQ(mask->at<uint8_t>(10, 10), 1);
}

TEST_F(ReadMasksTest, AMaskOfTheUnturnedPictureIsTurnedWithIt) {
  for (int orientation = 5; orientation <= kOrientations; ++orientation) {
    bool turned = false;
    ExpectUpright(
        ReadMasks({Write("a.png", orientation)}, {20, 16, orientation}, MaskFrame::kBySides, &turned));
    EXPECT_TRUE(turned) << orientation;
    ExpectUpright(ReadMasks({Write("a.png")}, {20, 16, orientation}, MaskFrame::kBySides, &turned));
    EXPECT_FALSE(turned) << "drawn on the picture as it is seen";
  }
}

TEST_F(ReadMasksTest, WhereTheSidesFitEitherWayOneMustSayWhich) {
  for (const int orientation : {2, 3, 4}) {
    const std::string mask = Write("a.png", orientation);
    EXPECT_THAT(ReadMasks({mask}, {20, 16, orientation}, MaskFrame::kBySides),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         AllOf(HasSubstr(mask), HasSubstr("--mask-frame stored"), HasSubstr("upright"))));
    ExpectUpright(ReadMasks({mask}, {20, 16, orientation}, MaskFrame::kStored));
    ExpectUpright(ReadMasks({Write("b.png")}, {20, 16, orientation}, MaskFrame::kUpright));
  }
}

TEST_F(ReadMasksTest, AMaskThatStatesItsOwnOrientationIsTurnedByThat) {
  for (int orientation = 2; orientation <= kOrientations; ++orientation) {
    const std::string mask = Write("a.png", orientation, orientation);
    for (const MaskFrame frame : {MaskFrame::kBySides, MaskFrame::kStored, MaskFrame::kUpright}) {
      ExpectUpright(ReadMasks({mask}, {20, 16, orientation}, frame));
    }
    ExpectUpright(ReadMasks({mask}, {20, 16, kUpright}, MaskFrame::kBySides));
  }
}

TEST_F(ReadMasksTest, AMaskThatFitsOnlyWhenTurnedIsNamed) {
  const std::string mask = Write("a.png");
  EXPECT_THAT(
      ReadMasks({mask}, {16, 20, kUpright}, MaskFrame::kBySides),
      StatusIs(
          absl::StatusCode::kInvalidArgument,
          mask + ": the mask is 20x16 px, the picture 16x20; it fits only when it is turned by 90 degrees"));
  EXPECT_THAT(
      ReadMasks({mask}, {30, 30, 6}, MaskFrame::kBySides),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("the mask is 20x16 px, the picture 30x30")));
}

TEST_F(ReadMasksTest, AMaskWithoutADefectIsNamed) {
  Image image;
  image.rgb = cv::Mat(16, 20, CV_8UC3, cv::Scalar::all(0));
  ASSERT_THAT(WriteFile(Path("none.png"), *EncodePng(image)), IsOk());
  EXPECT_THAT(ReadMasks({Path("none.png")}, {20, 16, kUpright}, MaskFrame::kBySides),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr(Path("none.png")), HasSubstr("not one pixel is defective"))));
  EXPECT_THAT(ReadMasks({Path("none.png"), Write("a.png")}, {20, 16, kUpright}, MaskFrame::kBySides), IsOk());
}

TEST_F(ReadMasksTest, AMaskThatIsNoPictureIsNamed) {
  ASSERT_THAT(WriteFile(Path("text.png"), "text"), IsOk());
  EXPECT_THAT(ReadMasks({Path("text.png")}, {20, 16, kUpright}, MaskFrame::kBySides),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(Path("text.png"))));
  EXPECT_THAT(ReadMasks({Path("gone.png")}, {20, 16, kUpright}, MaskFrame::kBySides),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr(Path("gone.png"))));
}

}  // namespace
}  // namespace mlfsc::client
