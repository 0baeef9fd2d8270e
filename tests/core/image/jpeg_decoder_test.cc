#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <jpeglib.h>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

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
using ::mlfsc::testing::SamePixels;
using ::mlfsc::testing::StatusIs;
using ::mlfsc::testing::TestPicture;
using ::mlfsc::testing::WithJpegExif;
using ::testing::HasSubstr;

cv::Mat DecodeByOpenCv(const std::string& jpeg) {
  return ExpectedRgb(cv::imdecode(std::vector<char>(jpeg.begin(), jpeg.end()),
                                  cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION));
}

struct Flavour {
  const char* name;
  int type;
  std::vector<int> parameters;
};

class JpegFlavourTest : public ::testing::TestWithParam<Flavour> {};
INSTANTIATE_TEST_SUITE_P(Flavours, JpegFlavourTest,
                         ::testing::Values(Flavour{"Grey", CV_8UC1, {}}, Flavour{"Colour", CV_8UC3, {}},
                                           Flavour{"Progressive", CV_8UC3, {cv::IMWRITE_JPEG_PROGRESSIVE, 1}},
                                           Flavour{"Restarts", CV_8UC3, {cv::IMWRITE_JPEG_RST_INTERVAL, 2}},
                                           Flavour{"Rough", CV_8UC3, {cv::IMWRITE_JPEG_QUALITY, 5}}),
                         [](const ::testing::TestParamInfo<Flavour>& flavour) { return flavour.param.name; });

TEST_P(JpegFlavourTest, GivesThePixelsThatOpenCvGives) {
  const std::string jpeg = Encode(".jpg", TestPicture(45, 61, GetParam().type), GetParam().parameters);
  const absl::StatusOr<Image> image = DecodePicture(jpeg, {});
  ASSERT_THAT(image, IsOk());
  EXPECT_TRUE(SamePixels(image->rgb, DecodeByOpenCv(jpeg)));
  EXPECT_EQ(image->full_scale, 255);
}

TEST_P(JpegFlavourTest, ExifOrientationIsAppliedInBothByteOrders) {
  const std::string jpeg = Encode(".jpg", TestPicture(45, 61, GetParam().type), GetParam().parameters);
  const cv::Mat stored = DecodeByOpenCv(jpeg);
  for (int orientation = 1; orientation <= 8; ++orientation) {
    for (const bool big_endian : {false, true}) {
      const absl::StatusOr<Image> image =
          DecodePicture(WithJpegExif(jpeg, ExifBlock(orientation, big_endian)), {});
      ASSERT_THAT(image, IsOk());
      EXPECT_TRUE(SamePixels(image->rgb, Upright(stored, orientation))) << orientation;
    }
  }
}

// A CMYK file of one colour; 255 = no ink, as Adobe's programs store it.
std::string EncodeCmyk(int side, const std::vector<uint8_t>& cmyk) {
  jpeg_compress_struct codec;
  jpeg_error_mgr errors;
  codec.err = jpeg_std_error(&errors);
  jpeg_create_compress(&codec);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&codec, &bytes, &size);
  codec.image_width = static_cast<JDIMENSION>(side);
  codec.image_height = static_cast<JDIMENSION>(side);
  codec.input_components = 4;
  codec.in_color_space = JCS_CMYK;
  jpeg_set_defaults(&codec);
  jpeg_set_quality(&codec, 100, TRUE);
  jpeg_start_compress(&codec, TRUE);
  std::vector<uint8_t> pixels;
  for (int x = 0; x < side; ++x) pixels.insert(pixels.end(), cmyk.begin(), cmyk.end());
  JSAMPROW row = pixels.data();
  for (int y = 0; y < side; ++y) jpeg_write_scanlines(&codec, &row, 1);
  jpeg_finish_compress(&codec);
  std::string file(reinterpret_cast<char*>(bytes), size);
  jpeg_destroy_compress(&codec);
  std::free(bytes);
  return file;
}

TEST(JpegDecoderTest, CmykBecomesRgb) {
  // No cyan, half magenta, all yellow; a fifth of black.
  const absl::StatusOr<Image> image = DecodePicture(EncodeCmyk(16, {255, 128, 0, 204}), {});
  ASSERT_THAT(image, IsOk());
  const cv::Vec3b pixel = image->rgb.at<cv::Vec3b>(8, 8);
  // At quality 100 a sample is off by a step at most.
  EXPECT_NEAR(pixel[0], 204, 1);
  EXPECT_NEAR(pixel[1], 128 * 204 / 255.0, 1);
  EXPECT_NEAR(pixel[2], 0, 1);
}

TEST(JpegDecoderTest, OtherApplicationDataAndBrokenExifChangeNothing) {
  const std::string jpeg = Encode(".jpg", TestPicture(45, 61, CV_8UC3));
  const auto with_segment = [&jpeg](const std::string& data) {
    return jpeg.substr(0, 2) + "\xff\xe1" + Number(data.size() + 2, 2, true) + data + jpeg.substr(2);
  };
  for (const std::string& data : {std::string("http://ns.adobe.com/xap/1.0/\0<x/>", 33), std::string("Exif"),
                                  std::string("Exif\0\0II\x2a\0\xff\xff\xff\x7f", 14), std::string()}) {
    const absl::StatusOr<Image> image = DecodePicture(with_segment(data), {});
    ASSERT_THAT(image, IsOk());
    EXPECT_TRUE(SamePixels(image->rgb, DecodeByOpenCv(jpeg)));
  }
}

TEST(JpegDecoderTest, OrientationIsFoundBehindOtherApplicationData) {
  const std::string jpeg = Encode(".jpg", TestPicture(45, 61, CV_8UC3));
  std::string file = WithJpegExif(jpeg, ExifBlock(6, false));
  const std::string other = "http://ns.adobe.com/xap/1.0/";
  file = file.substr(0, 2) + "\xff\xe1" + Number(other.size() + 2, 2, true) + other + file.substr(2);
  const absl::StatusOr<Image> image = DecodePicture(file, {});
  ASSERT_THAT(image, IsOk());
  EXPECT_TRUE(SamePixels(image->rgb, Upright(DecodeByOpenCv(jpeg), 6)));
}

TEST(JpegDecoderTest, StrayBytesBetweenPixelsAndEndMarkerDoNoHarm) {
  const std::string jpeg = Encode(".jpg", TestPicture(45, 61, CV_8UC3));
  const std::string stray =
      jpeg.substr(0, jpeg.size() - 2) + std::string(3, '\0') + jpeg.substr(jpeg.size() - 2);
  const absl::StatusOr<Image> image = DecodePicture(stray, {});
  ASSERT_THAT(image, IsOk());
  EXPECT_TRUE(SamePixels(image->rgb, DecodeByOpenCv(jpeg)));
}

// --- refusals ---

auto Refused(const std::string& message) {
  return StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(message));
}

// Where the frame header (SOF0) of a baseline file begins.
size_t FrameHeader(const std::string& jpeg) { return jpeg.find("\xff\xc0"); }

TEST(JpegRefusalTest, HugeSidesAreRefusedByTheHeaderAlone) {
  std::string jpeg = Encode(".jpg", TestPicture(20, 30, CV_8UC3));
  jpeg.replace(FrameHeader(jpeg) + 5, 4, Number(65500, 2, true) + Number(65499, 2, true));
  EXPECT_THAT(DecodePicture(jpeg, {}), Refused("picture is 65499x65500 px; the limit is 8192 px a side"));
}

TEST(JpegRefusalTest, AMissingEndMarker) {
  const std::string jpeg = Encode(".jpg", TestPicture(45, 61, CV_8UC3));
  EXPECT_THAT(DecodePicture(jpeg.substr(0, jpeg.size() - 2), {}), Refused("JPEG file is truncated"));
}

TEST(JpegRefusalTest, HalfAScanWithAnEndMarker) {
  for (const int progressive : {0, 1}) {
    const std::string jpeg =
        Encode(".jpg", TestPicture(45, 61, CV_8UC3), {cv::IMWRITE_JPEG_PROGRESSIVE, progressive});
    const size_t last_scan = jpeg.rfind("\xff\xda");
    const std::string half = jpeg.substr(0, (last_scan + jpeg.size()) / 2) + "\xff\xd9";
    EXPECT_THAT(DecodePicture(half, {}), Refused("premature end of data segment")) << progressive;
  }
}

TEST(JpegRefusalTest, ALostRestartInterval) {
  std::string jpeg = Encode(".jpg", TestPicture(45, 61, CV_8UC3), {cv::IMWRITE_JPEG_RST_INTERVAL, 1});
  const size_t second = jpeg.find("\xff\xd1");
  const size_t third = jpeg.find("\xff\xd2");
  ASSERT_NE(third, std::string::npos);
  jpeg.erase(second, third - second);
  EXPECT_THAT(DecodePicture(jpeg, {}), Refused("JPEG file cannot be decoded: Corrupt JPEG data"));
}

TEST(JpegRefusalTest, ProcessesThatAreNotReadAreNamed) {
  const std::string jpeg = Encode(".jpg", TestPicture(20, 30, CV_8UC3));
  std::string twelve_bits = jpeg;
  twelve_bits[FrameHeader(jpeg) + 4] = 12;
  EXPECT_THAT(DecodePicture(twelve_bits, {}), Refused("JPEG file has 12 bits a sample; 8 are read"));
  std::string lossless = jpeg;
  lossless[FrameHeader(jpeg) + 1] = '\xc3';
  EXPECT_THAT(DecodePicture(lossless, {}),
              Refused("JPEG file is lossless (SOF3); baseline, extended and progressive ones are read"));
  std::string height_later = jpeg;
  height_later.replace(FrameHeader(jpeg) + 5, 2, Number(0, 2));
  EXPECT_THAT(DecodePicture(height_later, {}), Refused("Empty JPEG image (DNL not supported)"));
}

TEST(JpegRefusalTest, MoreScansThanAnyPictureNeeds) {
  // The same first scan again and again: a few bytes of file for a pass over the whole picture.
  std::string jpeg = Encode(".jpg", TestPicture(45, 61, CV_8UC3), {cv::IMWRITE_JPEG_PROGRESSIVE, 1});
  const size_t scan = jpeg.find("\xff\xda");
  size_t end = scan + 2;
  // Behind 0xff, 0 is data; anything else is the next marker.
  while (jpeg[end] != '\xff' || jpeg[end + 1] == '\0') ++end;
  const std::string again = jpeg.substr(scan, end - scan);
  for (int i = 0; i < 100; ++i) jpeg.insert(scan, again);
  EXPECT_THAT(DecodePicture(jpeg, {}), Refused("JPEG file has more than 100 scans"));
}

}  // namespace
}  // namespace mlfsc
