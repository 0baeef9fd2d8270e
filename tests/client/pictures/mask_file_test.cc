#include "client/pictures/mask_file.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>

#include "absl/strings/escaping.h"
#include "client/pictures/picture_file.h"
#include "client/pictures/picture_header.h"
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

TEST(OrientationOfTest, EveryFormatTellsItsOwn) {
  const cv::Mat picture = testing::TestPicture(20, 24, CV_8UC3);
  for (int orientation = 1; orientation <= kOrientations; ++orientation) {
    const std::string exif = ExifBlock(orientation, orientation % 2 == 0);
    EXPECT_EQ(OrientationOf(WithPngChunk(testing::Encode(".png", picture), PngChunk("eXIf", exif))),
              orientation);
    EXPECT_EQ(OrientationOf(testing::WithJpegExif(testing::Encode(".jpg", picture), exif)), orientation);
    testing::TiffSpec tiff;
    tiff.width = 24;
    tiff.height = 20;
    tiff.samples = 3;
    tiff.photometric = 2;
    tiff.orientation = orientation;
    EXPECT_EQ(OrientationOf(testing::MakeTiff(tiff, testing::TiffSamples(picture))), orientation);
  }
  EXPECT_EQ(OrientationOf(testing::Encode(".bmp", picture)), kUpright);
  EXPECT_EQ(OrientationOf(testing::Encode(".png", picture)), kUpright);
  EXPECT_EQ(OrientationOf(testing::Encode(".jpg", picture)), kUpright);
  EXPECT_EQ(OrientationOf("text"), kUpright);
  EXPECT_EQ(OrientationOf(""), kUpright);
}

TEST(FrameOfTest, EveryFormatTellsItsUprightSides) {
  const cv::Mat picture = testing::TestPicture(20, 24, CV_8UC3);
  testing::TiffSpec tiff;
  tiff.width = 24;
  tiff.height = 20;
  tiff.samples = 3;
  tiff.photometric = 2;
  testing::TiffSpec big = tiff;
  big.big_tiff = true;
  big.big_endian = true;
  for (const std::string& file :
       {testing::Encode(".png", picture), testing::Encode(".jpg", picture), testing::Encode(".bmp", picture),
        testing::MakeTiff(tiff, testing::TiffSamples(picture)),
        testing::MakeTiff(big, testing::TiffSamples(picture))}) {
    const std::optional<PictureFrame> frame = FrameOf(file);
    ASSERT_TRUE(frame.has_value());
    EXPECT_EQ(frame->width, 24);
    EXPECT_EQ(frame->height, 20);
    for (size_t size = 0; size < file.size(); ++size) FrameOf(file.substr(0, size));
  }
  const std::optional<PictureFrame> turned =
      FrameOf(WithPngChunk(testing::Encode(".png", picture), PngChunk("eXIf", ExifBlock(6, false))));
  EXPECT_EQ(turned->width, 20);
  EXPECT_EQ(turned->height, 24);
  EXPECT_FALSE(FrameOf("text").has_value());
  EXPECT_FALSE(FrameOf(testing::Encode(".png", picture).substr(0, 20)).has_value());
}

TEST(OrientationOfTest, ADamagedFileIsUpright) {
  const std::string exif = ExifBlock(6, false);
  const cv::Mat picture = testing::TestPicture(20, 24, CV_8UC3);
  for (const std::string& file : {WithPngChunk(testing::Encode(".png", picture), PngChunk("eXIf", exif)),
                                  testing::WithJpegExif(testing::Encode(".jpg", picture), exif)}) {
    for (size_t size = 0; size < file.size(); ++size) OrientationOf(file.substr(0, size));
  }
}

}  // namespace
}  // namespace mlfsc::client
