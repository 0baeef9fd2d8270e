#include "client/pictures/float_map.h"

#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opencv2/core.hpp>

#include "core/image/decode.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc::client {
namespace {

using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::StatusIs;
using ::testing::HasSubstr;

v1::HeatmapResponse ResponseOf(int height, int width, const std::vector<float>& values) {
  v1::HeatmapResponse response;
  response.mutable_inspection()->set_picture_height(height);
  response.mutable_inspection()->set_picture_width(width);
  response.set_map(std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)));
  response.set_scale_low(1);
  response.set_scale_high(100);
  return response;
}

TEST(FloatMapTest, RowsFollowEachOther) {
  const absl::StatusOr<cv::Mat> map = ToFloatMap(ResponseOf(2, 3, {1, 2, 3, 4, 5, 6}));
  ASSERT_THAT(map, IsOk());
  EXPECT_EQ(map->at<float>(0, 2), 3);
  EXPECT_EQ(map->at<float>(1, 0), 4);
}

TEST(FloatMapTest, AMapWithValuesThatAreNoNumbersIsRefused) {
  EXPECT_THAT(ToFloatMap(ResponseOf(1, 2, {1, std::numeric_limits<float>::quiet_NaN()})),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("not finite")));
}

TEST(FloatMapTest, AMapOfTheWrongLengthIsRefused) {
  EXPECT_THAT(ToFloatMap(ResponseOf(2, 3, {1, 2, 3, 4, 5})),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("20 bytes, not 24")));
  EXPECT_THAT(ToFloatMap(ResponseOf(0, 0, {})), StatusIs(absl::StatusCode::kInternal, HasSubstr("0x0")));
}

TEST(FloatMapTest, AnOverlayLeavesThePictureAloneWhereTheMapIsDark) {
  // Left half below the scale's dark end, right half at its bright end.
  cv::Mat map(16, 16, CV_32FC1, cv::Scalar(0.5));
  map.colRange(8, 16) = cv::Scalar(100);
  Image image;
  image.rgb = cv::Mat(16, 16, CV_8UC3, cv::Scalar(10, 20, 30));
  const absl::StatusOr<std::string> png = DrawOverlay(image, map, ResponseOf(16, 16, {}));
  ASSERT_THAT(png, IsOk());
  const absl::StatusOr<Image> overlay = DecodePicture(*png, PictureLimits());
  ASSERT_THAT(overlay, IsOk());
  EXPECT_EQ(overlay->rgb.at<cv::Vec3b>(8, 2), cv::Vec3b(10, 20, 30));
  EXPECT_GT(cv::norm(overlay->rgb.at<cv::Vec3b>(8, 13), cv::Vec3b(10, 20, 30)), 100);
}

TEST(FloatMapTest, AnOverlayOfAnotherSizeIsRefused) {
  Image image;
  image.rgb = cv::Mat(16, 20, CV_8UC3, cv::Scalar::all(0));
  EXPECT_THAT(DrawOverlay(image, cv::Mat(16, 16, CV_32FC1, cv::Scalar(1)), ResponseOf(16, 16, {})),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("16x16")));
}

TEST(FloatMapTest, AMaskIsWhiteWhereDefectiveAndLosesNoPixelWhenItIsMadeSmaller) {
  cv::Mat mask(2000, 3000, CV_8UC1, cv::Scalar(0));
  mask.at<uchar>(157, 1234) = 1;
  const absl::StatusOr<std::string> png = DrawMask(mask, 30);
  ASSERT_THAT(png, IsOk());
  const absl::StatusOr<Image> shown = DecodePicture(*png, PictureLimits());
  ASSERT_THAT(shown, IsOk());
  cv::Mat want(20, 30, CV_8UC3, cv::Scalar::all(0));
  want.at<cv::Vec3b>(1, 12) = cv::Vec3b::all(255);
  ASSERT_EQ(shown->rgb.size(), want.size());
  EXPECT_EQ(cv::norm(shown->rgb, want, cv::NORM_INF), 0);
}

TEST(FloatMapTest, NpyIsWhatNumpyReads) {
  cv::Mat map(2, 3, CV_32FC1);
  for (int i = 0; i < 6; ++i) map.at<float>(i / 3, i % 3) = static_cast<float>(i);
  const std::string npy = ToNpy(map);
  // Magic, version 1.0, header length, header, data (numpy.lib.format).
  ASSERT_EQ(npy.substr(0, 8), std::string("\x93NUMPY\x01\x00", 8));
  const int header = static_cast<unsigned char>(npy[8]) + 256 * static_cast<unsigned char>(npy[9]);
  EXPECT_EQ((10 + header) % 64, 0);
  EXPECT_THAT(npy.substr(10, header), HasSubstr("'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), "));
  EXPECT_EQ(npy[10 + header - 1], '\n');
  ASSERT_EQ(npy.size(), 10 + header + 6 * sizeof(float));
  float last = 0;
  std::memcpy(&last, npy.data() + npy.size() - sizeof(float), sizeof(float));
  EXPECT_EQ(last, 5);
}

}  // namespace
}  // namespace mlfsc::client
