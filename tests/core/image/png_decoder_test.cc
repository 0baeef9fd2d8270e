#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opencv2/core.hpp>
#include <zlib.h>

#include "core/image/decode.h"
#include "core/image/orientation.h"
#include "tests/core/image/test_files.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::Encode;
using ::mlfsc::testing::ExifBlock;
using ::mlfsc::testing::ExpectedRgb;
using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::Number;
using ::mlfsc::testing::PngChunk;
using ::mlfsc::testing::SamePixels;
using ::mlfsc::testing::StatusIs;
using ::mlfsc::testing::TestPicture;
using ::mlfsc::testing::WithPngChunk;
using ::testing::HasSubstr;

constexpr char kSignature[] = "\x89PNG\r\n\x1a\n";
constexpr int kSide = 16;

// PNG's colour types.
constexpr int kGrey = 0;
constexpr int kRgb = 2;
constexpr int kPalette = 3;
constexpr int kGreyAlpha = 4;

std::string HeaderChunk(uint64_t width, uint64_t height, int bits, int colour_type, int interlaced) {
  return PngChunk("IHDR", Number(width, 4, true) + Number(height, 4, true) + Number(bits, 1) +
                              Number(colour_type, 1) + Number(0, 2) + Number(interlaced, 1));
}

std::string Deflate(const std::string& bytes) {
  uLongf size = compressBound(bytes.size());
  std::string deflated(size, '\0');
  compress(reinterpret_cast<Bytef*>(deflated.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()),
           bytes.size());
  deflated.resize(size);
  return deflated;
}

// A picture of kSide x kSide whose rows are given without their filter byte. `extra`: chunks before the
// pixels.
std::string MakePng(int bits, int colour_type, const std::vector<std::string>& rows,
                    const std::string& extra = "") {
  std::string bytes;
  for (const std::string& row : rows) bytes += '\0' + row;
  return kSignature + HeaderChunk(kSide, kSide, bits, colour_type, 0) + extra +
         PngChunk("IDAT", Deflate(bytes)) + PngChunk("IEND", "");
}

// kSide rows of `samples` (0 to 2^bits - 1, the same in each row), packed.
std::vector<std::string> PackedRows(int bits, const std::vector<int>& samples) {
  std::string row;
  for (size_t i = 0; i < samples.size(); i += 8 / bits) {
    int byte = 0;
    for (int k = 0; k < 8 / bits; ++k) byte = byte << bits | samples[i + k];
    row.push_back(static_cast<char>(byte));
  }
  return std::vector<std::string>(kSide, row);
}

// 0, 1, .. 2^bits - 1, 0, ...
std::vector<int> CountingSamples(int bits) {
  std::vector<int> samples;
  for (int x = 0; x < kSide; ++x) samples.push_back(x % (1 << bits));
  return samples;
}

class PngBitsTest : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Bits, PngBitsTest, ::testing::Values(1, 2, 4, 8));

TEST_P(PngBitsTest, GreyLevelsAreSpreadFromBlackToWhite) {
  const int bits = GetParam();
  const std::vector<int> samples = CountingSamples(bits);

  const absl::StatusOr<Image> image = DecodePicture(MakePng(bits, kGrey, PackedRows(bits, samples)), {});

  ASSERT_THAT(image, IsOk());
  ASSERT_EQ(image->rgb.type(), CV_8UC3);
  for (int x = 0; x < kSide; ++x) {
    const uint8_t level = static_cast<uint8_t>(samples[x] * 255 / ((1 << bits) - 1));
    EXPECT_EQ(image->rgb.at<cv::Vec3b>(3, x), cv::Vec3b(level, level, level)) << x;
  }
}

TEST_P(PngBitsTest, APaletteGivesItsColoursAndItsTransparencyIsDropped) {
  const int bits = GetParam();
  const int colours = std::min(1 << bits, kSide);
  std::string palette;
  for (int i = 0; i < colours; ++i) palette += Number(10 * i, 1) + Number(255 - i, 1) + Number(i, 1);
  const std::vector<int> samples = CountingSamples(bits);

  const std::string transparency = PngChunk("tRNS", std::string(colours, '\x20'));
  for (const std::string& extra : {PngChunk("PLTE", palette), PngChunk("PLTE", palette) + transparency}) {
    const absl::StatusOr<Image> image =
        DecodePicture(MakePng(bits, kPalette, PackedRows(bits, samples), extra), {});
    ASSERT_THAT(image, IsOk());
    for (int x = 0; x < kSide; ++x) {
      const int i = samples[x];
      EXPECT_EQ(image->rgb.at<cv::Vec3b>(7, x), cv::Vec3b(10 * i, 255 - i, i)) << x;
    }
  }
}

TEST(PngDecoderTest, GreyWithAlphaLosesItsAlphaAtBothDepths) {
  std::string eight;
  std::string sixteen;
  for (int x = 0; x < kSide; ++x) {
    eight += Number(10 * x, 1) + Number(3, 1);
    sixteen += Number(4000 * x + 7, 2, true) + Number(3, 2, true);
  }
  const absl::StatusOr<Image> image8 =
      DecodePicture(MakePng(8, kGreyAlpha, std::vector<std::string>(kSide, eight)), {});
  const absl::StatusOr<Image> image16 =
      DecodePicture(MakePng(16, kGreyAlpha, std::vector<std::string>(kSide, sixteen)), {});
  ASSERT_THAT(image8, IsOk());
  ASSERT_THAT(image16, IsOk());
  for (int x = 0; x < kSide; ++x) {
    EXPECT_EQ(image8->rgb.at<cv::Vec3b>(2, x), cv::Vec3b(10 * x, 10 * x, 10 * x));
    const uint16_t level = static_cast<uint16_t>(4000 * x + 7);
    EXPECT_EQ(image16->rgb.at<cv::Vec3w>(2, x), cv::Vec3w(level, level, level));
  }
}

TEST(PngDecoderTest, AColourThatIsDeclaredTransparentStays) {
  const std::vector<std::string> rows(kSide, std::string(3 * kSide, '\x40'));
  const std::string key = PngChunk("tRNS", std::string("\0\x40\0\x40\0\x40", 6));
  const absl::StatusOr<Image> image = DecodePicture(MakePng(8, kRgb, rows, key), {});
  ASSERT_THAT(image, IsOk());
  EXPECT_EQ(image->rgb.at<cv::Vec3b>(0, 0), cv::Vec3b(64, 64, 64));
}

TEST(PngDecoderTest, AnInterlacedPictureIsPutTogether) {
  const cv::Mat want = ExpectedRgb(TestPicture(kSide, kSide, CV_8UC3));
  // Adam7: first column and row of each pass, and its steps.
  constexpr int kPasses[7][4] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                                 {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
  std::string bytes;
  for (const int(&pass)[4] : kPasses) {
    for (int y = pass[1]; y < kSide; y += pass[3]) {
      bytes.push_back('\0');
      for (int x = pass[0]; x < kSide; x += pass[2]) {
        for (int c = 0; c < 3; ++c) bytes.push_back(static_cast<char>(want.at<cv::Vec3b>(y, x)[c]));
      }
    }
  }
  const std::string png = kSignature + HeaderChunk(kSide, kSide, 8, kRgb, 1) +
                          PngChunk("IDAT", Deflate(bytes)) + PngChunk("IEND", "");
  const absl::StatusOr<Image> image = DecodePicture(png, {});
  ASSERT_THAT(image, IsOk());
  EXPECT_TRUE(SamePixels(image->rgb, want));
}

TEST(PngDecoderTest, ExifOrientationIsAppliedWhereverItsChunkStands) {
  const cv::Mat stored = TestPicture(20, 30, CV_8UC3);
  const std::string png = Encode(".png", stored);
  const std::string end = PngChunk("IEND", "");
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const std::string exif = PngChunk("eXIf", ExifBlock(orientation, orientation % 2 == 0));
    const std::string behind = png.substr(0, png.size() - end.size()) + exif + end;
    for (const std::string& file : {WithPngChunk(png, exif), behind}) {
      const absl::StatusOr<Image> image = DecodePicture(file, {});
      ASSERT_THAT(image, IsOk());
      EXPECT_TRUE(SamePixels(image->rgb, Upright(ExpectedRgb(stored), orientation))) << orientation;
    }
  }
}

TEST(PngDecoderTest, ColourProfilesAndTextChangeNothing) {
  const cv::Mat picture = TestPicture(20, 30, CV_8UC3);
  const std::string png = Encode(".png", picture);
  const std::string gamma = PngChunk("gAMA", Number(100000, 4, true));
  const std::string broken_profile = PngChunk("iCCP", "not a profile");
  // A megabyte of zeros in a kilobyte.
  const std::string text =
      PngChunk("zTXt", std::string("Comment\0\0", 9) + Deflate(std::string(1 << 20, '\0')));
  const std::string broken_exif = PngChunk("eXIf", "not EXIF");
  for (const std::string& chunk : {gamma, broken_profile, text, broken_exif}) {
    const absl::StatusOr<Image> image = DecodePicture(WithPngChunk(png, chunk), {});
    ASSERT_THAT(image, IsOk());
    EXPECT_TRUE(SamePixels(image->rgb, ExpectedRgb(picture)));
  }
}

// --- refusals ---

auto Refused(const std::string& message) {
  return StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(message));
}

TEST(PngRefusalTest, HugeSidesAreRefusedByTheHeaderAlone) {
  EXPECT_THAT(
      DecodePicture(kSignature + HeaderChunk(2147483647, 2147483647, 16, kRgb, 0) + PngChunk("IDAT", ""), {}),
      Refused("picture is 2147483647x2147483647 px; the limit is 8192 px a side"));
}

TEST(PngRefusalTest, AMissingEnd) {
  const std::string png = Encode(".png", TestPicture(20, 30, CV_8UC3));
  EXPECT_THAT(DecodePicture(png.substr(0, png.size() - 12), {}), Refused("PNG file is truncated"));
}

TEST(PngRefusalTest, FewerRowsThanTheHeaderStates) {
  const std::vector<std::string> rows(kSide - 1, std::string(kSide, '\x40'));
  EXPECT_THAT(DecodePicture(MakePng(8, kGrey, rows), {}),
              Refused("PNG file is damaged: Not enough image data"));
}

TEST(PngRefusalTest, AFlippedBitInThePixels) {
  std::string png = Encode(".png", TestPicture(20, 30, CV_8UC3));
  png[png.find("IDAT") + 40] ^= 1;
  EXPECT_THAT(DecodePicture(png, {}), Refused("PNG file is damaged: "));
}

TEST(PngRefusalTest, AHeaderThatContradictsItself) {
  EXPECT_THAT(DecodePicture(kSignature + HeaderChunk(20, 20, 3, kRgb, 0) + PngChunk("IDAT", ""), {}),
              Refused("PNG file is damaged: "));
  EXPECT_THAT(DecodePicture(kSignature + PngChunk("IDAT", ""), {}), Refused("PNG file is damaged: "));
}

}  // namespace
}  // namespace mlfsc
