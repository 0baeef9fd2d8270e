#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "absl/strings/str_format.h"
#include "core/image/decode.h"
#include "core/image/orientation.h"
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
using ::mlfsc::testing::StatusIs;
using ::mlfsc::testing::TestPicture;
using ::mlfsc::testing::TiffSamples;
using ::mlfsc::testing::TiffSpec;
using ::testing::HasSubstr;
using ::testing::Values;

constexpr int kHeight = 21;
constexpr int kWidth = 35;

// PhotometricInterpretation.
constexpr int kWhiteIsZero = 0;
constexpr int kBlackIsZero = 1;
constexpr int kRgb = 2;
constexpr int kPalette = 3;
constexpr int kCmyk = 5;

TiffSpec SpecOf(const cv::Mat& picture) {
  TiffSpec spec;
  spec.width = picture.cols;
  spec.height = picture.rows;
  spec.samples = picture.channels();
  spec.bits = picture.depth() == CV_16U ? 16 : 8;
  spec.photometric = picture.channels() >= 3 ? kRgb : kBlackIsZero;
  return spec;
}

class TiffArrangementTest : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Types, TiffArrangementTest,
                         Values(CV_8UC1, CV_8UC3, CV_8UC4, CV_16UC1, CV_16UC3, CV_16UC4),
                         [](const ::testing::TestParamInfo<int>& type) {
                           return cv::typeToString(type.param);
                         });

// Checks that `spec` gives back `picture`.
void ExpectSamePicture(const TiffSpec& spec, const cv::Mat& picture) {
  SCOPED_TRACE(absl::StrFormat("big_endian=%d big_tiff=%d separate_planes=%d rows_per_strip=%d tile=%d",
                               spec.big_endian, spec.big_tiff, spec.separate_planes, spec.rows_per_strip,
                               spec.tile));
  const absl::StatusOr<Image> image = DecodePicture(MakeTiff(spec, TiffSamples(picture)), {});
  ASSERT_THAT(image, IsOk());
  EXPECT_TRUE(SamePixels(image->rgb, ExpectedRgb(picture)));
  EXPECT_EQ(image->full_scale, spec.bits == 16 ? 65535 : 255);
}

TEST_P(TiffArrangementTest, EveryArrangementOfTheSamplesGivesTheSamePicture) {
  const cv::Mat picture = TestPicture(kHeight, kWidth, GetParam());
  TiffSpec spec = SpecOf(picture);
  spec.extra_sample = spec.samples == 4 ? 2 : 0;
  for (const bool big_endian : {false, true}) {
    for (const bool big_tiff : {false, true}) {
      for (const bool separate_planes : {false, true}) {
        spec.big_endian = big_endian;
        spec.big_tiff = big_tiff;
        spec.separate_planes = separate_planes;
        for (const int rows : {0, 1, 8}) {
          spec.rows_per_strip = rows;
          spec.tile = 0;
          ExpectSamePicture(spec, picture);
        }
        for (const int tile : {16, 32, 48}) {
          spec.tile = tile;
          ExpectSamePicture(spec, picture);
        }
      }
    }
  }
}

// Samples of `bits` bits, all levels in use.
std::vector<uint16_t> CountingSamples(int bits) {
  std::vector<uint16_t> samples;
  for (int i = 0; i < kHeight * kWidth; ++i) samples.push_back(static_cast<uint16_t>(i % (1 << bits)));
  return samples;
}

TiffSpec SmallDepth(int bits, int photometric) {
  TiffSpec spec;
  spec.width = kWidth;
  spec.height = kHeight;
  spec.bits = bits;
  spec.photometric = photometric;
  return spec;
}

class TiffBitsTest : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Bits, TiffBitsTest, Values(1, 2, 4, 8, 16));

TEST_P(TiffBitsTest, GreyLevelsAreSpreadFromBlackToWhiteOrFromWhiteToBlack) {
  const int bits = GetParam();
  const std::vector<uint16_t> samples = CountingSamples(bits);
  for (const int photometric : {kWhiteIsZero, kBlackIsZero}) {
    const absl::StatusOr<Image> image = DecodePicture(MakeTiff(SmallDepth(bits, photometric), samples), {});
    ASSERT_THAT(image, IsOk());
    for (int i = 0; i < kHeight * kWidth; ++i) {
      const int white = bits == 16 ? 65535 : 255;
      const int level = samples[i] * white / ((1 << bits) - 1);
      const int want = photometric == kBlackIsZero ? level : white - level;
      const int got = bits == 16 ? image->rgb.at<cv::Vec3w>(i / kWidth, i % kWidth)[1]
                                 : image->rgb.at<cv::Vec3b>(i / kWidth, i % kWidth)[1];
      ASSERT_EQ(got, want) << i;
    }
  }
}

TEST(TiffDecoderTest, APaletteGivesItsColours) {
  for (const int bits : {1, 2, 4, 8}) {
    TiffSpec spec = SmallDepth(bits, kPalette);
    const int colours = 1 << bits;
    for (int i = 0; i < colours; ++i) {
      for (const int level : {i, 255 - i, i / 2}) spec.palette.push_back(static_cast<uint16_t>(level * 257));
    }
    const std::vector<uint16_t> samples = CountingSamples(bits);
    const absl::StatusOr<Image> image = DecodePicture(MakeTiff(spec, samples), {});
    ASSERT_THAT(image, IsOk()) << bits;
    for (int x = 0; x < kWidth; ++x) {
      const int i = samples[x];
      ASSERT_EQ(image->rgb.at<cv::Vec3b>(0, x), cv::Vec3b(i, 255 - i, i / 2)) << bits << " bits, " << x;
    }
  }
}

TEST(TiffDecoderTest, GreyWithAlphaKeepsItsDepth) {
  for (const int bits : {8, 16}) {
    TiffSpec spec = SmallDepth(bits, kBlackIsZero);
    spec.samples = 2;
    spec.extra_sample = 2;
    std::vector<uint16_t> samples;
    for (int i = 0; i < kHeight * kWidth; ++i) {
      samples.push_back(static_cast<uint16_t>(i % 256));
      samples.push_back(7);
    }
    const absl::StatusOr<Image> image = DecodePicture(MakeTiff(spec, samples), {});
    ASSERT_THAT(image, IsOk());
    ASSERT_EQ(image->rgb.type(), bits == 8 ? CV_8UC3 : CV_16UC3);
    const int got = bits == 8 ? image->rgb.at<cv::Vec3b>(1, 2)[0] : image->rgb.at<cv::Vec3w>(1, 2)[0];
    EXPECT_EQ(got, kWidth + 2);
  }
}

TEST(TiffDecoderTest, CmykBecomesRgb) {
  TiffSpec spec = SmallDepth(8, kCmyk);
  spec.samples = 4;
  std::vector<uint16_t> samples;
  for (int i = 0; i < kHeight * kWidth; ++i) samples.insert(samples.end(), {0, 127, 255, 51});
  const absl::StatusOr<Image> image = DecodePicture(MakeTiff(spec, samples), {});
  ASSERT_THAT(image, IsOk());
  EXPECT_EQ(image->rgb.at<cv::Vec3b>(3, 4), cv::Vec3b(204, 128 * 204 / 255, 0));
}

TEST(TiffDecoderTest, OrientationIsAppliedToSamplesAndToConvertedPictures) {
  const std::vector<cv::Mat> pictures = {TestPicture(kHeight, kWidth, CV_8UC1),
                                         TestPicture(kHeight, kWidth, CV_8UC3),
                                         TestPicture(kHeight, kWidth, CV_16UC3)};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    for (const cv::Mat& picture : pictures) {
      for (const int rows : {0, 5}) {
        TiffSpec spec = SpecOf(picture);
        spec.orientation = orientation;
        spec.rows_per_strip = rows;
        const absl::StatusOr<Image> image = DecodePicture(MakeTiff(spec, TiffSamples(picture)), {});
        ASSERT_THAT(image, IsOk());
        EXPECT_TRUE(SamePixels(image->rgb, Upright(ExpectedRgb(picture), orientation))) << orientation;
      }
    }
    TiffSpec bilevel = SmallDepth(1, kBlackIsZero);
    cv::Mat stored(kHeight, kWidth, CV_8UC1);
    std::vector<uint16_t> samples;
    for (int i = 0; i < kHeight * kWidth; ++i) {
      samples.push_back(i % 7 == 0 || i < kWidth ? 1 : 0);
      stored.at<uint8_t>(i / kWidth, i % kWidth) = samples.back() == 1 ? 255 : 0;
    }
    bilevel.orientation = orientation;
    bilevel.rows_per_strip = 4;
    const absl::StatusOr<Image> image = DecodePicture(MakeTiff(bilevel, samples), {});
    ASSERT_THAT(image, IsOk());
    EXPECT_TRUE(SamePixels(image->rgb, Upright(ExpectedRgb(stored), orientation))) << orientation;
  }
}

TEST(TiffDecoderTest, CompressedFilesAreRead) {
  // TIFF's numbers of LZW, Deflate and PackBits.
  for (const int compression : {5, 8, 32773}) {
    for (const int type : {CV_8UC1, CV_8UC3, CV_16UC3}) {
      const cv::Mat picture = TestPicture(kHeight, kWidth, type);
      const absl::StatusOr<Image> image =
          DecodePicture(Encode(".tiff", picture, {cv::IMWRITE_TIFF_COMPRESSION, compression}), {});
      ASSERT_THAT(image, IsOk()) << compression;
      EXPECT_TRUE(SamePixels(image->rgb, ExpectedRgb(picture))) << compression;
    }
  }
}

TEST(TiffDecoderTest, OfSeveralFullPagesTheOneThatIsNamedIsRead) {
  const cv::Mat first = TestPicture(kHeight, kWidth, CV_8UC3);
  const std::string path = ::testing::TempDir() + "/pages.tiff";
  ASSERT_TRUE(cv::imwritemulti(path, std::vector<cv::Mat>{first, TestPicture(40, 30, CV_8UC3)}));
  const std::string bytes = testing::ReadFile(path);
  EncodedPicture file = bytes;
  EXPECT_THAT(DecodePicture(file, {}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("TIFF file has 2 full pages (1, 2); name the page that is meant")));
  file.page = 1;
  const absl::StatusOr<Image> image = DecodePicture(file, {});
  ASSERT_THAT(image, IsOk());
  EXPECT_TRUE(SamePixels(image->rgb, ExpectedRgb(first)));
}

// --- refusals ---

auto Refused(const std::string& message) {
  return StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(message));
}

// A file that has the directory of `spec`, and pixels of a small picture.
absl::Status Decode(const TiffSpec& spec) {
  return DecodePicture(MakeTiff(spec, std::vector<uint16_t>(kHeight * kWidth * spec.samples, 1)), {})
      .status();
}

TEST(TiffRefusalTest, HugeSidesAreRefusedByTheDirectoryAlone) {
  const cv::Mat picture = TestPicture(kHeight, kWidth, CV_8UC3);
  std::string tiff = MakeTiff(SpecOf(picture), TiffSamples(picture));
  // ImageWidth, ImageLength and RowsPerStrip.
  const std::pair<char, uint64_t> changes[] = {{'\x00', 70000}, {'\x01', 70001}, {'\x16', 70001}};
  for (const auto& [tag, value] : changes) {
    const size_t entry = tiff.find(std::string{tag, '\x01', '\x04', '\0', '\x01', '\0', '\0', '\0'});
    ASSERT_NE(entry, std::string::npos);
    tiff.replace(entry + 8, 4, testing::Number(value, 4));
  }
  EXPECT_THAT(DecodePicture(tiff, {}), Refused("picture is 70000x70001 px; the limit is 8192 px a side"));
}

TEST(TiffRefusalTest, SamplesThatAreNotUnsignedAreNamed) {
  TiffSpec spec = SmallDepth(16, kBlackIsZero);
  spec.sample_format = 2;
  EXPECT_THAT(Decode(spec), Refused("TIFF file has signed samples of 16 bits; unsigned ones are read"));
  spec.sample_format = 3;
  EXPECT_THAT(Decode(spec),
              Refused("TIFF file has floating-point samples of 16 bits; unsigned ones are read"));
}

TEST(TiffRefusalTest, AFloat32FileOfOpenCv) {
  cv::Mat picture;
  TestPicture(kHeight, kWidth, CV_8UC3).convertTo(picture, CV_32F, 1.0 / 255);
  EXPECT_THAT(DecodePicture(Encode(".tiff", picture, {cv::IMWRITE_TIFF_COMPRESSION, 1}), {}),
              Refused("TIFF file has floating-point samples of 32 bits"));
}

TEST(TiffRefusalTest, FewerPixelsThanTheirBitsAskFor) {
  TiffSpec spec = SmallDepth(8, kBlackIsZero);
  std::string tiff = MakeTiff(spec, CountingSamples(8));
  const size_t entry = tiff.find(std::string("\x02\x01\x03\x00\x01\x00\x00\x00\x08\x00", 10));
  ASSERT_NE(entry, std::string::npos);
  tiff[entry + 8] = 12;
  EXPECT_THAT(DecodePicture(tiff, {}), Refused("TIFF file is damaged or truncated: "));
}

TEST(TiffRefusalTest, SixteenBitsInAnotherColourSpaceAreNamed) {
  TiffSpec spec = SmallDepth(16, kCmyk);
  spec.samples = 4;
  EXPECT_THAT(Decode(spec), Refused("TIFF file has 16 bits a sample in the colour space CMYK; 8 are read"));
}

TEST(TiffRefusalTest, TooFewAndTooManySamplesAreNamed) {
  TiffSpec spec = SmallDepth(8, kRgb);
  spec.samples = 2;
  EXPECT_THAT(Decode(spec),
              Refused("TIFF file has 2 samples a pixel in the colour space RGB; 3 to 5 are read"));
  spec.samples = 6;
  EXPECT_THAT(Decode(spec),
              Refused("TIFF file has 6 samples a pixel in the colour space RGB; 3 to 5 are read"));
}

TEST(TiffRefusalTest, TilesFarLargerThanAnyPicture) {
  TiffSpec spec = SmallDepth(8, kBlackIsZero);
  spec.tile = 1040;
  PictureLimits limits;
  limits.max_side = 100;
  EXPECT_THAT(DecodePicture(MakeTiff(spec, CountingSamples(8)), limits),
              Refused("TIFF file has tiles of 1040x1040 px; the limit is 1024 px a side"));
}

TEST(TiffRefusalTest, AStripThatLiesOutsideTheFile) {
  for (const int type : {CV_8UC3, CV_16UC1}) {
    const cv::Mat picture = TestPicture(kHeight, kWidth, type);
    TiffSpec spec = SpecOf(picture);
    spec.big_endian = true;
    std::string tiff = MakeTiff(spec, TiffSamples(picture));
    // StripOffsets, of one strip at byte 8.
    const size_t entry = tiff.find(std::string("\x01\x11\x00\x04\x00\x00\x00\x01\x00\x00\x00\x08", 12));
    ASSERT_NE(entry, std::string::npos);
    tiff.replace(entry + 8, 4, testing::Number(tiff.size() - 10, 4, true));
    EXPECT_THAT(DecodePicture(tiff, {}), Refused("TIFF file is damaged or truncated: "));
  }
}

TEST(TiffRefusalTest, DamagedCompressedPixelsAreNotFilledUp) {
  // The two bytes at which a Deflate stream begins.
  for (const int type : {CV_8UC3, CV_16UC3}) {
    std::string tiff = Encode(".tiff", TestPicture(kHeight, kWidth, type), {cv::IMWRITE_TIFF_COMPRESSION, 8});
    const size_t stream = tiff.find("\x78");
    ASSERT_NE(stream, std::string::npos);
    tiff[stream] = '\x07';
    EXPECT_THAT(DecodePicture(tiff, {}), Refused("TIFF file is damaged or truncated: "));
  }
}

TEST(TiffRefusalTest, NoDirectory) {
  EXPECT_THAT(DecodePicture(std::string("II\x2a\0\xff\0\0\0 and no more", 20), {}),
              Refused("TIFF file is damaged or truncated: "));
}

}  // namespace
}  // namespace mlfsc
