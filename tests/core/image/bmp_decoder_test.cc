#include <cstdint>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opencv2/core.hpp>

#include "core/image/decode.h"
#include "tests/core/image/test_files.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::ExpectedRgb;
using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::Number;
using ::mlfsc::testing::SamePixels;
using ::mlfsc::testing::StatusIs;
using ::mlfsc::testing::TestPicture;
using ::testing::HasSubstr;

struct BmpSpec {
  int width = 16;
  int height = 16;
  int bits = 24;
  uint32_t compression = 0;
  // 12 (OS/2) or 40 to 124.
  int header_size = 40;
  // Behind the header of 40 bytes: masks, palette.
  std::string tables;
  // Rows as stored, padded.
  std::string pixels;
};

std::string MakeBmp(const BmpSpec& spec) {
  std::string header = Number(spec.header_size, 4);
  if (spec.header_size == 12) {
    header += Number(spec.width, 2) + Number(spec.height, 2) + Number(1, 2) + Number(spec.bits, 2);
  } else {
    header += Number(spec.width, 4) + Number(spec.height, 4) + Number(1, 2) + Number(spec.bits, 2) +
              Number(spec.compression, 4) + Number(0, 20);
  }
  // A longer header has the masks inside.
  std::string tables = spec.tables;
  if (spec.header_size > 40) tables.resize(spec.header_size - 40);
  const size_t position = 14 + header.size() + tables.size();
  return "BM" + Number(position + spec.pixels.size(), 4) + Number(0, 4) + Number(position, 4) + header +
         tables + spec.pixels;
}

std::string Repeat(const std::string& row, int times) {
  std::string rows;
  for (int i = 0; i < times; ++i) rows += row;
  return rows;
}

class BmpPaletteTest : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Bits, BmpPaletteTest, ::testing::Values(1, 4, 8));

TEST_P(BmpPaletteTest, IndicesGiveThePalettesColours) {
  const int bits = GetParam();
  BmpSpec spec;
  spec.bits = bits;
  for (int i = 0; i < 1 << bits; ++i)
    spec.tables += Number(i, 1) + Number(2 * i, 1) + Number(255 - i, 1) + '\0';
  std::string row;
  for (int x = 0; x < 16; x += 8 / bits) {
    int byte = 0;
    for (int k = 0; k < 8 / bits; ++k) byte = byte << bits | (x + k) % (1 << bits);
    row.push_back(static_cast<char>(byte));
  }
  row.resize((row.size() + 3) / 4 * 4);
  spec.pixels = Repeat(row, 16);

  const absl::StatusOr<Image> image = DecodePicture(MakeBmp(spec), {});

  ASSERT_THAT(image, IsOk());
  for (int x = 0; x < 16; ++x) {
    const int i = x % (1 << bits);
    EXPECT_EQ(image->rgb.at<cv::Vec3b>(5, x), cv::Vec3b(255 - i, 2 * i, i)) << x;
  }
}

TEST(BmpDecoderTest, AnIndexBehindAShortPaletteIsBlack) {
  BmpSpec spec;
  spec.bits = 8;
  spec.tables = std::string("\x01\x02\x03\0", 4);
  spec.pixels = Repeat(std::string("\0\x01", 2), 16 * 8);
  const absl::StatusOr<Image> image = DecodePicture(MakeBmp(spec), {});
  ASSERT_THAT(image, IsOk());
  EXPECT_EQ(image->rgb.at<cv::Vec3b>(0, 0), cv::Vec3b(3, 2, 1));
  EXPECT_EQ(image->rgb.at<cv::Vec3b>(0, 1), cv::Vec3b(0, 0, 0));
}

TEST(BmpDecoderTest, TheOldestHeaderHasShortSidesAndThreeBytesAColour) {
  BmpSpec spec;
  spec.header_size = 12;
  spec.bits = 1;
  spec.tables = std::string("\x01\x02\x03\x04\x05\x06", 6);
  spec.pixels = Repeat(std::string("\x55\x55\0\0", 4), 16);
  const absl::StatusOr<Image> image = DecodePicture(MakeBmp(spec), {});
  ASSERT_THAT(image, IsOk());
  EXPECT_EQ(image->rgb.at<cv::Vec3b>(0, 0), cv::Vec3b(3, 2, 1));
  EXPECT_EQ(image->rgb.at<cv::Vec3b>(0, 1), cv::Vec3b(6, 5, 4));
}

// 24 bits, rows from the bottom up unless `top_down`, an odd width so that rows are padded.
BmpSpec TrueColour(const cv::Mat& bgr, bool top_down) {
  BmpSpec spec;
  spec.width = bgr.cols;
  spec.height = top_down ? -bgr.rows : bgr.rows;
  for (int y = 0; y < bgr.rows; ++y) {
    const uint8_t* row = bgr.ptr(top_down ? y : bgr.rows - 1 - y);
    std::string bytes(row, row + 3 * bgr.cols);
    bytes.resize((bytes.size() + 3) / 4 * 4, '\x77');
    spec.pixels += bytes;
  }
  return spec;
}

TEST(BmpDecoderTest, RowsComeFromTheBottomUpOrFromTheTopDown) {
  const cv::Mat picture = TestPicture(17, 21, CV_8UC3);
  for (const bool top_down : {false, true}) {
    const absl::StatusOr<Image> image = DecodePicture(MakeBmp(TrueColour(picture, top_down)), {});
    ASSERT_THAT(image, IsOk());
    EXPECT_TRUE(SamePixels(image->rgb, ExpectedRgb(picture)));
  }
}

TEST(BmpDecoderTest, LongerHeadersAreRead) {
  const cv::Mat picture = TestPicture(17, 21, CV_8UC3);
  for (const int size : {52, 56, 64, 108, 124}) {
    BmpSpec spec = TrueColour(picture, false);
    spec.header_size = size;
    const absl::StatusOr<Image> image = DecodePicture(MakeBmp(spec), {});
    ASSERT_THAT(image, IsOk()) << size;
    EXPECT_TRUE(SamePixels(image->rgb, ExpectedRgb(picture)));
  }
}

struct Fields {
  int bits;
  uint32_t compression;
  std::vector<uint32_t> masks;
  uint32_t pixel;
  cv::Vec3b rgb;
};

class BmpFieldsTest : public ::testing::TestWithParam<Fields> {};
INSTANTIATE_TEST_SUITE_P(
    Layouts, BmpFieldsTest,
    ::testing::Values(
        // 5 bits a colour when nothing is stated: 31 of 31, 16 of 31, 1 of 31.
        Fields{16, 0, {}, 0x7c00 | 16 << 5 | 1, cv::Vec3b(255, 132, 8)},
        // 5, 6 and 5 bits.
        Fields{16, 3, {0xf800, 0x07e0, 0x001f}, 8 << 11 | 63 << 5 | 0, cv::Vec3b(66, 255, 0)},
        // The fourth byte is not used, or alpha.
        Fields{32, 0, {}, 0x40102030, cv::Vec3b(0x10, 0x20, 0x30)},
        Fields{32, 3, {0xff, 0xff00, 0xff0000}, 0x40302010, cv::Vec3b(0x10, 0x20, 0x30)},
        Fields{32, 6, {0xff000000, 0xff0000, 0xff00, 0xff}, 0x10203040, cv::Vec3b(0x10, 0x20, 0x30)},
        // 10 bits a colour: the highest 8 of them.
        Fields{32, 3, {0x3ff00000, 0xffc00, 0x3ff}, 1023u << 20 | 512u << 10 | 3u, cv::Vec3b(255, 128, 0)},
        // A colour that is not there.
        Fields{32, 3, {0xff0000, 0, 0xff}, 0xffffffff, cv::Vec3b(255, 0, 255)}));

TEST_P(BmpFieldsTest, EachFieldIsSpreadOverTheWholeRange) {
  const Fields& fields = GetParam();
  BmpSpec spec;
  spec.bits = fields.bits;
  spec.compression = fields.compression;
  for (const uint32_t mask : fields.masks) spec.tables += Number(mask, 4);
  spec.pixels = Repeat(Number(fields.pixel, fields.bits / 8), 16 * 16);
  const absl::StatusOr<Image> image = DecodePicture(MakeBmp(spec), {});
  ASSERT_THAT(image, IsOk());
  EXPECT_EQ(image->rgb.at<cv::Vec3b>(0, 0), fields.rgb);
  EXPECT_EQ(image->rgb.at<cv::Vec3b>(15, 15), fields.rgb);
}

// --- refusals ---

auto Refused(const std::string& message) {
  return StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(message));
}

TEST(BmpRefusalTest, HugeSidesAreRefusedByTheHeaderAlone) {
  BmpSpec spec;
  spec.width = 2147483647;
  spec.height = -2147483647 - 1;
  EXPECT_THAT(DecodePicture(MakeBmp(spec), {}),
              Refused("picture is 2147483647x2147483648 px; the limit is 8192 px a side"));
}

TEST(BmpRefusalTest, ANegativeWidth) {
  BmpSpec spec;
  spec.width = -16;
  EXPECT_THAT(DecodePicture(MakeBmp(spec), {}), Refused("picture is -16x16 px"));
}

TEST(BmpRefusalTest, FewerPixelsThanTheHeaderStates) {
  BmpSpec spec = TrueColour(TestPicture(16, 16, CV_8UC3), false);
  spec.pixels.pop_back();
  EXPECT_THAT(DecodePicture(MakeBmp(spec), {}),
              Refused("BMP file is truncated: it has 821 bytes; its pixels end at 822"));
}

TEST(BmpRefusalTest, CompressionsOfOtherDepthsAreNamed) {
  BmpSpec spec;
  spec.bits = 4;
  spec.compression = 1;
  EXPECT_THAT(DecodePicture(MakeBmp(spec), {}), Refused("BMP file has compression 1 at 4 bits a pixel"));
}

TEST(BmpRefusalTest, MasksThatShareBits) {
  BmpSpec spec;
  spec.bits = 16;
  spec.compression = 3;
  for (const uint32_t mask : {0xf800, 0x0fe0, 0x001f}) spec.tables += Number(mask, 4);
  EXPECT_THAT(DecodePicture(MakeBmp(spec), {}), Refused("each must have bits, side by side and of its own"));
}

TEST(BmpRefusalTest, MovesThatLeaveTheRunLengthCodedPicture) {
  BmpSpec spec;
  spec.bits = 8;
  spec.compression = 1;
  spec.tables = std::string(1024, '\x13');
  spec.pixels = std::string("\0\x02\x11\0\0\x01", 6);
  EXPECT_THAT(DecodePicture(MakeBmp(spec), {}), Refused("leave the picture of 16x16 px in row 0"));
}

TEST(BmpRefusalTest, BitsThatNoBmpFileHas) {
  BmpSpec spec;
  spec.bits = 2;
  EXPECT_THAT(DecodePicture(MakeBmp(spec), {}),
              Refused("BMP file has 2 bits a pixel; 1, 4, 8, 16, 24 and 32 are read"));
}

TEST(BmpRefusalTest, ATextThatHappensToBeginWithItsLetters) {
  EXPECT_THAT(DecodePicture("BMW builds cars and motorcycles, in Munich and elsewhere.", {}),
              Refused("BMP file is truncated"));
}

TEST(BmpRefusalTest, AHeaderOfUnknownLength) {
  std::string bmp = MakeBmp(TrueColour(TestPicture(16, 16, CV_8UC3), false));
  bmp.replace(14, 4, Number(20, 4));
  EXPECT_THAT(DecodePicture(bmp, {}), Refused("its header has 20 bytes"));
}

TEST(BmpRefusalTest, PixelsInsideTheHeader) {
  std::string bmp = MakeBmp(TrueColour(TestPicture(16, 16, CV_8UC3), false));
  bmp.replace(10, 4, Number(20, 4));
  EXPECT_THAT(DecodePicture(bmp, {}), Refused("its pixels begin at byte 20, inside the header"));
}

}  // namespace
}  // namespace mlfsc
