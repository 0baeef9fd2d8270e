#include "core/image/bit_depth.h"

#include <gmock/gmock.h>
#include <opencv2/core.hpp>

#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

Image Grey16(int value) {
  Image image;
  image.rgb = cv::Mat(4, 5, CV_16UC3, cv::Scalar::all(value));
  return image;
}

SampleBits Sixteen(int tagged = 0, bool white_is_zero = false) {
  SampleBits bits;
  bits.stored = 16;
  bits.tagged = tagged;
  bits.tag = "MaxSampleValue";
  bits.white_is_zero = white_is_zero;
  return bits;
}

TEST(BitDepthTest, WhatIsStatedGoesBeforeTheTagAndTheTagBeforeTheStorage) {
  Image image = Grey16(100);
  ASSERT_THAT(SettleBitDepth(Sixteen(12), 10, &image), IsOk());
  EXPECT_EQ(image.full_scale, 1023);
  ASSERT_THAT(SettleBitDepth(Sixteen(12), 0, &image), IsOk());
  EXPECT_EQ(image.full_scale, 4095);
  ASSERT_THAT(SettleBitDepth(Sixteen(), 0, &image), IsOk());
  EXPECT_EQ(image.full_scale, 65535);
}

TEST(BitDepthTest, WhiteStoredAsZeroIsTurnedWithinItsDepth) {
  Image image = Grey16(95);
  ASSERT_THAT(SettleBitDepth(Sixteen(0, true), 12, &image), IsOk());
  EXPECT_EQ(image.rgb.at<cv::Vec3w>(0, 0), cv::Vec3w(4000, 4000, 4000));
}

TEST(BitDepthTest, OnlyTheWhiteOfADepthTellsADepth) {
  EXPECT_EQ(BitDepthOfWhite(511), 9);
  EXPECT_EQ(BitDepthOfWhite(4095), 12);
  EXPECT_EQ(BitDepthOfWhite(32767), 15);
  for (const double highest : {0.0, 1.0, 255.0, 4094.0, 4096.0, 65535.0})
    EXPECT_EQ(BitDepthOfWhite(highest), 0);
}

TEST(BitDepthTest, ANoticeNamesTheSmallestCameraThatFits) {
  for (const auto& [value, bits] : {std::pair(1023, 10), std::pair(1024, 12), std::pair(4095, 12),
                                    std::pair(4096, 14), std::pair(16383, 14), std::pair(16384, 0)}) {
    Image image = Grey16(0);
    image.rgb.at<cv::Vec3w>(3, 4)[2] = static_cast<uint16_t>(value);
    ASSERT_THAT(SettleBitDepth(Sixteen(), 0, &image), IsOk());
    EXPECT_EQ(image.fits_bits, bits) << value;
    EXPECT_EQ(PictureNotice(image).empty(), bits == 0);
  }
}

TEST(BitDepthTest, NothingIsSaidWhereADepthIsStated) {
  Image image = Grey16(100);
  for (const int stated : {12, 16}) {
    ASSERT_THAT(SettleBitDepth(Sixteen(), stated, &image), IsOk());
    EXPECT_EQ(PictureNotice(image), "");
  }
  ASSERT_THAT(SettleBitDepth(Sixteen(12), 0, &image), IsOk());
  EXPECT_EQ(PictureNotice(image), "");
}

TEST(BitDepthTest, ASampleAboveWhiteIsNamedWithItsPlace) {
  Image image = Grey16(100);
  image.rgb.at<cv::Vec3w>(2, 3)[1] = 1024;
  EXPECT_THAT(SettleBitDepth(Sixteen(), 10, &image),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "sample in row 2, column 3 is 1024; the limit for bit depth 10 is 1023"));
  EXPECT_THAT(SettleBitDepth(Sixteen(9), 0, &image).message(), HasSubstr("which its MaxSampleValue states"));
}

}  // namespace
}  // namespace mlfsc
