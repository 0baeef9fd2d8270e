#include "core/image/picture_header.h"

#include <optional>
#include <string>

#include <gtest/gtest.h>
#include <opencv2/core.hpp>

#include "tests/core/image/test_files.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::ExifBlock;
using ::mlfsc::testing::Number;
using ::mlfsc::testing::PngChunk;
using ::mlfsc::testing::WithPngChunk;

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

// A directory of a little-endian TIFF file at `at`: sides, directories below it, and what comes next.
std::string Directory(int width, int height, const std::vector<uint32_t>& below, uint32_t below_at,
                      uint32_t next) {
  const auto entry = [](int tag, int type, uint32_t count, uint32_t value) {
    return Number(tag, 2) + Number(type, 2) + Number(count, 4) + Number(value, 4);
  };
  std::string fields = entry(256, 4, 1, width) + entry(257, 4, 1, height);
  if (!below.empty()) {
    fields += entry(330, 4, below.size(), below.size() == 1 ? below[0] : below_at);
  }
  return Number(below.empty() ? 2 : 3, 2) + fields + Number(next, 4);
}

TEST(MostPixelsOfTest, OfATiffFileTheLargestPageCountsWhereverItStands) {
  const std::string header = "II" + Number(42, 2) + Number(8, 4);
  constexpr uint32_t kSecond = 100;
  constexpr uint32_t kBelow = 200;
  constexpr uint32_t kDeeper = 300;
  const auto file = [&](int first, int second, int below, int deeper) {
    std::string bytes = header + Directory(first, 10, {}, 0, kSecond);
    bytes.resize(kSecond);
    bytes += Directory(second, 10, {kBelow, kDeeper}, 160, 0);
    bytes.resize(160);
    bytes += Number(kBelow, 4) + Number(kDeeper, 4);
    bytes.resize(kBelow);
    bytes += Directory(below, 10, {}, 0, 0);
    bytes.resize(kDeeper);
    // Its next one is the first: a circle.
    return bytes + Directory(deeper, 10, {kSecond}, 0, 8);
  };
  EXPECT_EQ(MostPixelsOf(file(70, 20, 30, 40)), 700);
  EXPECT_EQ(MostPixelsOf(file(10, 70, 30, 40)), 700);
  EXPECT_EQ(MostPixelsOf(file(10, 20, 70, 40)), 700);
  EXPECT_EQ(MostPixelsOf(file(10, 20, 30, 70)), 700);
  const std::string whole = file(10, 20, 30, 70);
  for (size_t size = 0; size < whole.size(); ++size) MostPixelsOf(whole.substr(0, size));
}

TEST(MostPixelsOfTest, OfTheOthersTheHeaderCounts) {
  const cv::Mat picture = testing::TestPicture(20, 24, CV_8UC3);
  for (const char* extension : {".png", ".jpg", ".bmp"}) {
    EXPECT_EQ(MostPixelsOf(testing::Encode(extension, picture)), 20 * 24) << extension;
  }
  // A second, smaller frame behind the one that is decoded hides nothing.
  std::string jpeg = testing::Encode(".jpg", picture);
  const std::string frame = "\xff\xc0" + Number(11, 2, true) + '\x08' + Number(1, 2, true) + Number(1, 2, true) +
                            std::string("\x01\x01\x11\x00", 4);
  const size_t scan = jpeg.find("\xff\xda");
  jpeg.insert(scan, frame);
  EXPECT_EQ(MostPixelsOf(jpeg), 20 * 24);
  EXPECT_EQ(MostPixelsOf("text"), 0);
  EXPECT_EQ(MostPixelsOf(""), 0);
}

}  // namespace
}  // namespace mlfsc
