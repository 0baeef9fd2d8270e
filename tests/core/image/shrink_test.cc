#include "core/image/shrink.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include <gtest/gtest.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace mlfsc {
namespace {

constexpr double kEpsilon = 1.0 / (1 << 24);

cv::Mat RandomPixels(int height, int width, int type) {
  cv::Mat pixels(height, width, type);
  cv::RNG random(static_cast<uint64_t>(height) * 10'000 + static_cast<uint64_t>(width));
  const double most = pixels.depth() == CV_8U ? 256 : pixels.depth() == CV_16U ? 65536 : 1;
  random.fill(pixels, cv::RNG::UNIFORM, 0, most);
  return pixels;
}

// The length that [i, i + 1) and what `place` of `to` equal parts of [0, from) covers have in common.
double Overlap(int i, int place, double from, double to) {
  return std::max(0.0, std::min(i + 1.0, (place + 1) * from / to) - std::max(i + 0.0, place * from / to));
}

// Straight from the definition: every pixel by the area that it shares with the result's.
double NaiveMean(const cv::Mat& pixels, const cv::Size& size, int row, int column, int channel) {
  double sum = 0;
  double area = 0;
  for (int y = 0; y < pixels.rows; ++y) {
    const double height = Overlap(y, row, pixels.rows, size.height);
    if (height == 0) continue;
    for (int x = 0; x < pixels.cols; ++x) {
      const double shared = height * Overlap(x, column, pixels.cols, size.width);
      sum += shared * pixels.ptr<double>(y)[3 * x + channel];
      area += shared;
    }
  }
  return sum / area;
}

// How far a mean may be off, in units of the largest sample: a row's mean is rounded once, then up to
// 2 + `width` / `columns` of them are added up, all of it in float32.
double Tolerance(int width, int columns) { return (6.0 + width / columns) * kEpsilon; }

void ExpectNaiveMeans(const cv::Mat& pixels, int rows, int columns) {
  const cv::Mat shrunk = Shrink(pixels, rows, columns);
  ASSERT_EQ(shrunk.type(), CV_32FC3);
  ASSERT_EQ(shrunk.size(), cv::Size(std::min(columns, pixels.cols), std::min(rows, pixels.rows)));
  cv::Mat exact;
  pixels.convertTo(exact, CV_64F);
  const double white = pixels.depth() == CV_8U ? 255 : pixels.depth() == CV_16U ? 65535 : 1;
  for (int row = 0; row < shrunk.rows; ++row) {
    for (int i = 0; i < 3 * shrunk.cols; ++i) {
      ASSERT_NEAR(shrunk.ptr<float>(row)[i], NaiveMean(exact, shrunk.size(), row, i / 3, i % 3),
                  white * Tolerance(pixels.cols, shrunk.cols))
          << pixels.cols << "x" << pixels.rows << " to " << columns << "x" << rows << " at " << i / 3 << ", "
          << row;
    }
  }
}

class ShrinkTest : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Depths, ShrinkTest, ::testing::Values(CV_8UC3, CV_16UC3, CV_32FC3));

TEST_P(ShrinkTest, EqualsTheNaiveLoopOverRandomSizes) {
  std::mt19937 random(5);
  std::uniform_int_distribution<int> side(1, 90);
  for (int round = 0; round < 40; ++round) {
    const int height = side(random);
    const int width = side(random);
    const int rows = side(random) % 40 + 1;
    const int columns = side(random) % 40 + 1;
    ExpectNaiveMeans(RandomPixels(height, width, GetParam()), rows, columns);
  }
}

TEST_P(ShrinkTest, EqualsTheNaiveLoopForTheShapesThatAreEasyToGetWrong) {
  struct Shape {
    int height, width, rows, columns;
  };
  for (const Shape& s : {Shape{64, 64, 16, 16}, Shape{64, 96, 1, 1}, Shape{1, 1, 1, 1}, Shape{1, 70, 1, 7},
                         Shape{70, 1, 7, 1}, Shape{33, 32, 32, 32}, Shape{17, 300, 16, 16},
                         Shape{300, 17, 16, 16}, Shape{5, 80, 9, 9}, Shape{80, 5, 9, 9}}) {
    ExpectNaiveMeans(RandomPixels(s.height, s.width, GetParam()), s.rows, s.columns);
  }
}

TEST_P(ShrinkTest, EqualsOpenCvsAreaInterpolationOfTheSamplesAsFloats) {
  for (const cv::Size& size : {cv::Size(1024, 700), cv::Size(1000, 2048)}) {
    const cv::Mat pixels = RandomPixels(size.height, size.width, GetParam());
    cv::Mat floats;
    cv::Mat want;
    pixels.convertTo(floats, CV_32F);
    cv::resize(floats, want, cv::Size(256, 256), 0, 0, cv::INTER_AREA);
    double white;
    cv::minMaxLoc(floats.reshape(1), nullptr, &white);

    // OpenCV rounds a pixel's weight to float32, and adds up some 8 x 8 of them in any order.
    EXPECT_LE(cv::norm(Shrink(pixels, 256, 256), want, cv::NORM_INF), 64 * kEpsilon * white);
  }
}

TEST_P(ShrinkTest, HasNoValueOutsideOfTheSamplesRange) {
  const double white = GetParam() == CV_8UC3 ? 255 : GetParam() == CV_16UC3 ? 65535 : 1;
  for (const int side : {257, 1000, 2049}) {
    const cv::Mat pixels(side, 2 * side, GetParam(), cv::Scalar::all(white));
    const cv::Mat shrunk = Shrink(pixels, 256, 256);
    double least;
    double most;
    cv::minMaxLoc(shrunk.reshape(1), &least, &most);
    EXPECT_EQ(least, white) << side;
    EXPECT_EQ(most, white) << side;
  }
}

TEST(ShrinkPrecisionTest, MeansOfEightBitsAreNotRoundedToEightBits) {
  cv::Mat pixels(64, 64, CV_8UC3, cv::Scalar::all(100));
  pixels.at<cv::Vec3b>(5, 5) = cv::Vec3b(101, 102, 103);

  // One of 4 x 4 pixels.
  EXPECT_EQ(Shrink(pixels, 16, 16).at<cv::Vec3f>(1, 1),
            cv::Vec3f(100 + 1.0f / 16, 100 + 2.0f / 16, 100 + 3.0f / 16));
}

}  // namespace
}  // namespace mlfsc
