#include "core/image/decode.h"

#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "absl/strings/str_cat.h"
#include "tests/core/image/test_files.h"
#include "tests/testing/golden.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::Encode;
using ::mlfsc::testing::ExpectedRgb;
using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::MakeTiff;
using ::mlfsc::testing::SamePixels;
using ::mlfsc::testing::SmallLimits;
using ::mlfsc::testing::StatusIs;
using ::mlfsc::testing::TestPicture;
using ::mlfsc::testing::TiffSamples;
using ::mlfsc::testing::TiffSpec;
using ::testing::HasSubstr;

auto Refused(const std::string& message) {
  return StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(message));
}

struct RoundTrip {
  std::string extension;
  int type;
};

class RoundTripTest : public ::testing::TestWithParam<RoundTrip> {};
INSTANTIATE_TEST_SUITE_P(
    LosslessFormats, RoundTripTest,
    ::testing::Values(RoundTrip{".png", CV_8UC1}, RoundTrip{".png", CV_8UC3}, RoundTrip{".png", CV_8UC4},
                      RoundTrip{".png", CV_16UC1}, RoundTrip{".png", CV_16UC3}, RoundTrip{".png", CV_16UC4},
                      RoundTrip{".bmp", CV_8UC1}, RoundTrip{".bmp", CV_8UC3}, RoundTrip{".bmp", CV_8UC4},
                      RoundTrip{".tiff", CV_8UC1}, RoundTrip{".tiff", CV_8UC3}, RoundTrip{".tiff", CV_8UC4},
                      RoundTrip{".tiff", CV_16UC1}, RoundTrip{".tiff", CV_16UC3},
                      RoundTrip{".tiff", CV_16UC4}),
    [](const ::testing::TestParamInfo<RoundTrip>& trip) {
      return absl::StrCat(trip.param.extension.substr(1), CV_MAT_DEPTH(trip.param.type) == CV_8U ? "8" : "16",
                          "With", CV_MAT_CN(trip.param.type), "Channels");
    });

TEST_P(RoundTripTest, GivesEveryPixelBackAsRgbAtItsDepthWithoutAlpha) {
  const cv::Mat picture = TestPicture(37, 53, GetParam().type);

  const absl::StatusOr<Image> image = DecodePicture(Encode(GetParam().extension, picture), {});

  ASSERT_THAT(image, IsOk());
  EXPECT_TRUE(SamePixels(image->rgb, ExpectedRgb(picture)));
  EXPECT_EQ(image->full_scale, picture.depth() == CV_16U ? 65535 : 255);
  EXPECT_EQ(image->width(), 53);
  EXPECT_EQ(image->height(), 37);
}

TEST(DecodePictureTest, AgreesWithTheReferencePictureOfTheGoldenFiles) {
  const std::string file = testing::ReadFile(std::string(MLFSC_TESTDATA) + "/texture-good.png");
  const absl::StatusOr<Image> image = DecodePicture(file, {});
  ASSERT_THAT(image, IsOk());
  const cv::Mat reference = cv::imdecode(std::vector<char>(file.begin(), file.end()), cv::IMREAD_COLOR);
  EXPECT_TRUE(SamePixels(image->rgb, ExpectedRgb(reference)));
}

// --- refusals ---

TEST(DecodeRefusalTest, NoBytes) { EXPECT_THAT(DecodePicture("", {}), Refused("picture is empty")); }

TEST(DecodeRefusalTest, MoreBytesThanTheLimit) {
  PictureLimits limits;
  limits.max_bytes = 100;
  EXPECT_THAT(DecodePicture(std::string(101, 'x'), limits),
              Refused("picture has 101 bytes; the limit is 100 bytes"));
}

TEST(DecodeRefusalTest, TextIsQuoted) {
  EXPECT_THAT(
      DecodePicture("Hello,\nthis is a letter.", {}),
      Refused("picture is text that begins with \"Hello,\\nthis is a\"; PNG, JPEG, BMP and TIFF files are "
              "read"));
}

TEST(DecodeRefusalTest, UnknownBytesAreShown) {
  EXPECT_THAT(DecodePicture(std::string("\0\x01\xfe\xff\x12\x34\x56\x78\x9a", 9), {}),
              Refused("begins with the bytes 00 01 fe ff 12 34 56 78;"));
}

TEST(DecodeRefusalTest, AMagicThatIsCutShort) {
  EXPECT_THAT(DecodePicture("\x89PNG", {}), Refused("begins with the bytes 89 50 4e 47"));
}

TEST(DecodeRefusalTest, OtherFormatsAreNamed) {
  EXPECT_THAT(DecodePicture("GIF89a and more", {}), Refused("picture is a GIF file;"));
  EXPECT_THAT(DecodePicture(std::string("RIFF\x10\0\0\0WEBPVP8 ", 16), {}),
              Refused("picture is a WebP file;"));
  EXPECT_THAT(DecodePicture(std::string("\0\0\0\x0cjP  \r\n\x87\n", 12), {}), Refused("a JPEG 2000 file;"));
  EXPECT_THAT(DecodePicture(std::string("\0\0\0\x20"
                                        "ftypavif",
                                        12),
                            {}),
              Refused("an AVIF file;"));
  EXPECT_THAT(DecodePicture(std::string("\0\0\0\x20"
                                        "ftypheic",
                                        12),
                            {}),
              Refused("a HEIC file;"));
  EXPECT_THAT(DecodePicture(std::string(128, '\0') + "DICM", {}), Refused("a DICOM file;"));
  EXPECT_THAT(DecodePicture("%PDF-1.4", {}), Refused("a PDF file;"));
}

class EveryFormatTest : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Formats, EveryFormatTest, ::testing::Values(".png", ".jpg", ".bmp", ".tiff"),
                         [](const ::testing::TestParamInfo<std::string>& format) {
                           return format.param.substr(1);
                         });

TEST_P(EveryFormatTest, SidesOverTheLimitAreRefusedWithBoth) {
  PictureLimits limits;
  limits.max_side = 60;
  EXPECT_THAT(DecodePicture(Encode(GetParam(), TestPicture(20, 61, CV_8UC3)), limits),
              Refused("picture is 61x20 px; the limit is 60 px a side"));
  EXPECT_THAT(DecodePicture(Encode(GetParam(), TestPicture(61, 20, CV_8UC3)), limits),
              Refused("picture is 20x61 px; the limit is 60 px a side"));
  EXPECT_THAT(DecodePicture(Encode(GetParam(), TestPicture(60, 60, CV_8UC3)), limits), IsOk());
}

TEST_P(EveryFormatTest, SidesUnderTheLimitAreRefusedWithBoth) {
  const cv::Mat dot(1, 1, CV_8UC3, cv::Scalar(1, 2, 3));
  EXPECT_THAT(DecodePicture(Encode(GetParam(), dot), {}),
              Refused("picture is 1x1 px; it must have at least 16 px a side"));
  EXPECT_THAT(DecodePicture(Encode(GetParam(), TestPicture(15, 40, CV_8UC3)), {}),
              Refused("picture is 40x15 px; it must have at least 16 px a side"));
  EXPECT_THAT(DecodePicture(Encode(GetParam(), TestPicture(16, 16, CV_8UC3)), {}), IsOk());
}

TEST_P(EveryFormatTest, AFileCutShortAnywhereIsRefused) {
  const std::string file = Encode(GetParam(), TestPicture(20, 24, CV_8UC3));
  for (size_t size = 0; size < file.size(); ++size) {
    ASSERT_THAT(DecodePicture(file.substr(0, size), {}), Refused("")) << size << " of " << file.size();
  }
}

TEST_P(EveryFormatTest, WhatFollowsTheFileDoesNotMatter) {
  const std::string file = Encode(GetParam(), TestPicture(20, 24, CV_8UC3));
  const absl::StatusOr<Image> alone = DecodePicture(file, {});
  const absl::StatusOr<Image> followed = DecodePicture(file + "and so on", {});
  ASSERT_THAT(followed, IsOk());
  EXPECT_TRUE(SamePixels(followed->rgb, alone->rgb));
}

// Changes 1 to 8 bytes, or cuts, doubles or swaps parts of `file`.
std::string Mutate(const std::string& file, std::mt19937* random) {
  const auto below = [random](size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(*random); };
  std::string mutant = file;
  switch (below(6)) {
    case 0:
      return file.substr(0, below(file.size()));
    case 1: {
      const size_t from = below(file.size());
      return mutant.insert(below(file.size()), file.substr(from, below(64) + 1));
    }
    case 2:
      return mutant.erase(below(file.size()), below(16) + 1);
    default:
      // Headers are where the decisions are: half of the changes go there.
      for (size_t changes = below(8) + 1; changes > 0; --changes) {
        const size_t place = below(2) == 0 ? below(file.size()) : below(std::min<size_t>(file.size(), 128));
        const char values[] = {'\0', '\xff', '\x80', '\x7f', static_cast<char>(below(256))};
        mutant[place] = values[below(5)];
      }
      return mutant;
  }
}

// Each format in several flavours: the mutations of one exercise code that another never enters.
std::vector<std::string> Flavours(const std::string& extension) {
  const cv::Mat grey = TestPicture(20, 24, CV_8UC1);
  const cv::Mat colour = TestPicture(20, 24, CV_8UC3);
  const cv::Mat deep = TestPicture(20, 24, CV_16UC3);
  if (extension == ".png") return {Encode(".png", grey), Encode(".png", colour), Encode(".png", deep)};
  if (extension == ".jpg") {
    return {Encode(".jpg", grey), Encode(".jpg", colour),
            testing::WithJpegExif(Encode(".jpg", colour, {cv::IMWRITE_JPEG_PROGRESSIVE, 1}),
                                  testing::ExifBlock(6, true))};
  }
  if (extension == ".bmp") {
    return {Encode(".bmp", grey), Encode(".bmp", colour), Encode(".bmp", TestPicture(20, 24, CV_8UC4))};
  }
  TiffSpec tiled;
  tiled.width = 24;
  tiled.height = 20;
  tiled.samples = 3;
  tiled.photometric = 2;
  tiled.tile = 16;
  tiled.separate_planes = true;
  TiffSpec bilevel;
  bilevel.width = 24;
  bilevel.height = 20;
  bilevel.bits = 1;
  return {Encode(".tiff", deep), MakeTiff(tiled, TiffSamples(colour)),
          MakeTiff(bilevel, std::vector<uint16_t>(20 * 24, 1))};
}

TEST_P(EveryFormatTest, AnyMutationIsDecodedOrRefused) {
  std::mt19937 random(1);
  const std::vector<std::string> files = Flavours(GetParam());
  int decoded = 0;
  for (int round = 0; round < 2000; ++round) {
    const std::string mutant = Mutate(files[round % files.size()], &random);
    const absl::StatusOr<Image> image = DecodePicture(mutant, SmallLimits());
    if (image.ok()) {
      ++decoded;
      ASSERT_LE(image->width(), 256);
      ASSERT_LE(image->height(), 256);
      ASSERT_EQ(image->rgb.channels(), 3);
    } else {
      ASSERT_THAT(image, Refused("")) << round;
    }
  }
  // Not all are refused at the first byte.
  EXPECT_GT(decoded, 0);
}

}  // namespace
}  // namespace mlfsc
