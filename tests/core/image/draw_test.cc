#include "core/image/draw.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "core/image/decode.h"
#include "tests/core/image/test_files.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::ExpectedRgb;
using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::SamePixels;
using ::mlfsc::testing::TestPicture;

Image TestImage(int height, int width) { return {ExpectedRgb(TestPicture(height, width, CV_8UC3)), 255}; }

// 0 at the left, 1 at the right.
cv::Mat Ramp(int height, int width) {
  cv::Mat ramp(height, width, CV_32FC1);
  for (int x = 0; x < width; ++x) ramp.col(x) = static_cast<double>(x) / (width - 1);
  return ramp;
}

double Lightness(const cv::Vec3b& rgb) { return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]; }

TEST(ColorMapTest, GrowsLighterFromBlackOn) {
  const Image map = ColorMap(Ramp(2, 256));
  ASSERT_EQ(map.rgb.type(), CV_8UC3);
  EXPECT_LT(Lightness(map.rgb.at<cv::Vec3b>(0, 0)), 4);
  EXPECT_GT(Lightness(map.rgb.at<cv::Vec3b>(0, 255)), 240);
  for (int x = 8; x < 256; x += 8) {
    EXPECT_GT(Lightness(map.rgb.at<cv::Vec3b>(1, x)), Lightness(map.rgb.at<cv::Vec3b>(1, x - 8))) << x;
  }
}

TEST(ColorMapTest, ChannelsAreInTheOrderRedGreenBlue) {
  // The upper middle of the map is orange.
  const cv::Vec3b orange = ColorMap(cv::Mat(1, 1, CV_32FC1, cv::Scalar(0.75))).rgb.at<cv::Vec3b>(0, 0);
  EXPECT_GT(orange[0], orange[1]);
  EXPECT_GT(orange[1], orange[2]);
}

TEST(ColorMapTest, ValuesOutsideAreClampedAndNoNumberIsDark) {
  const cv::Mat inside = (cv::Mat_<float>(1, 4) << 0, 1, 0, 1);
  const cv::Mat outside = (cv::Mat_<float>(1, 4) << -5, 7, std::numeric_limits<float>::quiet_NaN(),
                           std::numeric_limits<float>::infinity());
  EXPECT_TRUE(SamePixels(ColorMap(outside).rgb, ColorMap(inside).rgb));
}

TEST(OverlayTest, WhereNothingIsWrongThePictureIsUnchanged) {
  const Image image = TestImage(40, 60);
  const Image overlay = Overlay(image, cv::Mat::zeros(40, 60, CV_32FC1));
  EXPECT_TRUE(SamePixels(overlay.rgb, image.rgb));
}

TEST(OverlayTest, TheBrighterTheMapTheMoreOfItShows) {
  const Image grey{cv::Mat(1, 101, CV_8UC3, cv::Scalar::all(128)), 255};
  const cv::Mat ramp = Ramp(1, 101);
  const Image map = ColorMap(ramp);
  const Image overlay = Overlay(grey, ramp);
  double last = 0;
  for (int x = 10; x <= 100; x += 10) {
    // Of the way from the picture's colour to the map's, in red.
    const double from = 128;
    const double to = map.rgb.at<cv::Vec3b>(0, x)[0];
    if (std::abs(to - from) < 40) continue;
    const double share = (overlay.rgb.at<cv::Vec3b>(0, x)[0] - from) / (to - from);
    EXPECT_GT(share, last) << x;
    last = share;
  }
  EXPECT_GT(last, 0.5);
}

TEST(OverlayTest, UnderTheBrightestSpotThePictureStillShows) {
  cv::Mat pixels(1, 2, CV_8UC3, cv::Scalar::all(0));
  pixels.at<cv::Vec3b>(0, 1) = {200, 200, 200};
  const Image overlay = Overlay({pixels, 255}, cv::Mat::ones(1, 2, CV_32FC1));
  EXPECT_GE(overlay.rgb.at<cv::Vec3b>(0, 1)[2] - overlay.rgb.at<cv::Vec3b>(0, 0)[2], 40);
}

TEST(OverlayTest, DeepPicturesAreShownAtTheirOwnScale) {
  const cv::Mat none = cv::Mat::zeros(16, 16, CV_32FC1);
  const Image twelve{cv::Mat(16, 16, CV_16UC3, cv::Scalar::all(4095)), 4095};
  const Image real{cv::Mat(16, 16, CV_32FC3, cv::Scalar::all(0.5)), 1};
  EXPECT_EQ(Overlay(twelve, none).rgb.at<cv::Vec3b>(3, 3), cv::Vec3b(255, 255, 255));
  EXPECT_EQ(Overlay(real, none).rgb.at<cv::Vec3b>(3, 3), cv::Vec3b(128, 128, 128));
}

TEST(IntensityTest, IsDarkUpToTheScalesLowEndAndBrightestFromItsHighEnd) {
  const ColorScale scale = {20, 320};
  const cv::Mat map = (cv::Mat_<float>(1, 6) << 0, 19.9, 20, 40, 320, 1e30);
  const cv::Mat intensity = Intensity(map, scale);
  ASSERT_EQ(intensity.type(), CV_32FC1);
  EXPECT_EQ(intensity.at<float>(0), 0);
  EXPECT_EQ(intensity.at<float>(1), 0);
  EXPECT_EQ(intensity.at<float>(2), 0);
  // A quarter of the logarithmic way. Float32 logarithms of up to 2.8, divided and raised: a few roundings.
  EXPECT_NEAR(intensity.at<float>(3), std::pow(0.25, 0.6), 2e-6);
  EXPECT_NEAR(intensity.at<float>(4), 1, 2e-6);
  EXPECT_EQ(intensity.at<float>(5), 1);
}

TEST(OverlayTest, MarksFrameTheirBoxAndCrossTheirPeakWhateverThePicture) {
  for (const int grey : {0, 128, 255}) {
    const Image image{cv::Mat(256, 256, CV_8UC3, cv::Scalar::all(grey)), 255};
    const cv::Mat none = cv::Mat::zeros(256, 256, CV_32FC1);
    const Image overlay = Overlay(image, none, {{{40, 60, 100, 80}, {90, 100}}});
    const cv::Vec3b white(255, 255, 255);
    const cv::Vec3b black(0, 0, 0);
    // First and last row and column of the box, and one pixel beside them.
    for (const cv::Point edge :
         {cv::Point(40, 80), cv::Point(139, 80), cv::Point(80, 60), cv::Point(80, 139)}) {
      EXPECT_EQ(overlay.rgb.at<cv::Vec3b>(edge), white) << edge;
    }
    EXPECT_EQ(overlay.rgb.at<cv::Vec3b>(80, 39), black);
    EXPECT_EQ(overlay.rgb.at<cv::Vec3b>(100, 90), white);
    EXPECT_EQ(overlay.rgb.at<cv::Vec3b>(100, 93), white);
    EXPECT_EQ(overlay.rgb.at<cv::Vec3b>(70, 60), cv::Vec3b::all(static_cast<uint8_t>(grey)));
    EXPECT_EQ(overlay.rgb.at<cv::Vec3b>(20, 20), cv::Vec3b::all(static_cast<uint8_t>(grey)));
  }
}

TEST(OverlayTest, WhatIsDrawnDoesNotDependOnHowTheRowsAreCut) {
  Image image;
  image.rgb = cv::Mat(300, 400, CV_8UC3);
  cv::randu(image.rgb, 0, 256);
  cv::Mat intensity(300, 400, CV_32FC1);
  cv::randu(intensity, 0, 1);
  const std::vector<Mark> marks = {{{20, 30, 200, 150}, {60, 64}}, {{0, 100, 399, 64}, {399, 163}}};
  const cv::Mat whole = Overlay(image, intensity, marks).rgb;
  for (const int count : {1, 7, 64}) {
    for (int top = 0; top < 300; top += count) {
      const int bottom = std::min(300, top + count);
      const cv::Mat rows = OverlayRows(image, top, intensity.rowRange(top, bottom), marks).rgb;
      ASSERT_EQ(cv::norm(rows, whole.rowRange(top, bottom), cv::NORM_INF), 0) << top << " " << count;
    }
  }
}

TEST(OverlayTest, MarksAtThePicturesEdgeAreCutThere) {
  const Image image{cv::Mat(32, 32, CV_8UC3, cv::Scalar::all(9)), 255};
  const Image overlay = Overlay(image, cv::Mat::zeros(32, 32, CV_32FC1), {{{0, 0, 32, 32}, {31, 0}}});
  EXPECT_EQ(overlay.rgb.at<cv::Vec3b>(0, 16), cv::Vec3b(255, 255, 255));
  EXPECT_EQ(overlay.rgb.at<cv::Vec3b>(31, 16), cv::Vec3b(255, 255, 255));
}

TEST(PreviewTest, APictureThatFitsIsItselfWithEightBits) {
  const Image image = TestImage(37, 53);
  EXPECT_TRUE(SamePixels(Preview(image, 53).rgb, image.rgb));
  const Image twelve{cv::Mat(16, 16, CV_16UC3, cv::Scalar(0, 2048, 4095)), 4095};
  const Image preview = Preview(twelve, 16);
  ASSERT_EQ(preview.rgb.type(), CV_8UC3);
  EXPECT_EQ(preview.rgb.at<cv::Vec3b>(3, 3), cv::Vec3b(0, 128, 255));
}

TEST(PreviewTest, ALargerOneKeepsItsProportionsAndEveryPixelHasItsPart) {
  for (const int type : {CV_8UC3, CV_16UC3}) {
    // Columns of black and white by turns.
    const double white = type == CV_8UC3 ? 255 : 1023;
    cv::Mat stripes(60, 200, type, cv::Scalar::all(0));
    for (int x = 0; x < stripes.cols; x += 2) stripes.col(x).setTo(cv::Scalar::all(white));
    const Image preview = Preview({stripes, white}, 100);
    ASSERT_EQ(preview.rgb.type(), CV_8UC3);
    EXPECT_EQ(preview.width(), 100);
    EXPECT_EQ(preview.height(), 30);
    EXPECT_EQ(cv::norm(preview.rgb, cv::Mat(30, 100, CV_8UC3, cv::Scalar::all(128)), cv::NORM_INF), 0);
  }
}

TEST(PreviewTest, ANarrowOneKeepsARow) {
  const Image preview = Preview({cv::Mat(16, 8192, CV_8UC3, cv::Scalar::all(9)), 255}, 200);
  EXPECT_EQ(preview.width(), 200);
  EXPECT_EQ(preview.height(), 1);
}

TEST(EncodePngTest, GivesEveryPixelBackToOthersAndToUs) {
  const Image image = TestImage(37, 53);

  const absl::StatusOr<std::string> png = EncodePng(image);

  ASSERT_THAT(png, IsOk());
  const cv::Mat theirs = cv::imdecode(std::vector<char>(png->begin(), png->end()), cv::IMREAD_UNCHANGED);
  ASSERT_EQ(theirs.type(), CV_8UC3);
  EXPECT_TRUE(SamePixels(ExpectedRgb(theirs), image.rgb));
  const absl::StatusOr<Image> ours = DecodePicture(*png, {});
  ASSERT_THAT(ours, IsOk());
  EXPECT_TRUE(SamePixels(ours->rgb, image.rgb));
}

TEST(EncodePngTest, APartOfALargerPictureIsWrittenByItsOwnRows) {
  const Image image = TestImage(60, 60);
  const Image part{image.rgb(cv::Rect(10, 20, 32, 24)), 255};
  const absl::StatusOr<std::string> png = EncodePng(part);
  ASSERT_THAT(png, IsOk());
  const absl::StatusOr<Image> back = DecodePicture(*png, {});
  ASSERT_THAT(back, IsOk());
  EXPECT_TRUE(SamePixels(back->rgb, part.rgb));
}

TEST(EncodePngTest, DeepPicturesAreWrittenWithEightBits) {
  const Image ten{cv::Mat(16, 16, CV_16UC3, cv::Scalar(0, 512, 1023)), 1023};
  const absl::StatusOr<std::string> png = EncodePng(ten);
  ASSERT_THAT(png, IsOk());
  const absl::StatusOr<Image> back = DecodePicture(*png, {});
  ASSERT_THAT(back, IsOk());
  EXPECT_EQ(back->rgb.at<cv::Vec3b>(8, 8), cv::Vec3b(0, 128, 255));
}

TEST(EncodePngTest, AFileMadeRowByRowIsThatOfTheWholePicture) {
  Image image;
  image.rgb = cv::Mat(150, 40, CV_8UC3);
  cv::randu(image.rgb, 0, 256);
  int next = 0;
  const absl::StatusOr<std::string> png = EncodePngByRows(150, 40, [&](int top, int count) {
    EXPECT_EQ(top, std::exchange(next, top + count));
    return image.rgb.rowRange(top, top + count).clone();
  });
  ASSERT_THAT(png, IsOk());
  EXPECT_EQ(next, 150);
  EXPECT_EQ(*png, *EncodePng(image));
  EXPECT_THROW((void)EncodePngByRows(150, 40, [](int, int) -> cv::Mat { throw std::bad_alloc(); }), std::bad_alloc);
}

TEST(EncodePngTest, NoPixelsAreAnError) {
  EXPECT_THAT(EncodePng({}), testing::StatusIs(absl::StatusCode::kInternal, ::testing::HasSubstr("IHDR")));
}

}  // namespace
}  // namespace mlfsc
