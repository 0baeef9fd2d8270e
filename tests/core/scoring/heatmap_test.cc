#include "core/scoring/heatmap.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opencv2/core.hpp>

namespace mlfsc {
namespace {

// `pyramid` at 256 pixels: 32 cells a side, 2 of them border, 11 x 11 patches.
constexpr MapGeometry kPyramid{{8, 2}, 32, 2};

PatchMap ConstantMap(PatchGrid grid, double value) {
  return {grid, std::vector<double>(grid.count(), value)};
}

PatchMap HotPatch(int row, int column) {
  PatchMap map = ConstantMap({11, 11}, 0);
  map.values[row * 11 + column] = 16;
  return map;
}

Calibration Limits(double log_mean, double log_deviation) {
  Calibration limits;
  limits.pictures = 20;
  limits.log_mean = log_mean;
  limits.log_deviation = log_deviation;
  limits.threshold = LimitAt(limits, 0.01);
  limits.review_low = LimitAt(limits, 0.05);
  limits.review_high = LimitAt(limits, 0.001);
  return limits;
}

Calibration ThresholdAt(float threshold) {
  Calibration limits = Limits(0, 0.1);
  limits.threshold = threshold;
  return limits;
}

// The same by loops over every pixel, cell and patch.
double NaiveHeat(const PatchMap& map, const MapGeometry& geometry, int height, int width, int y, int x) {
  const auto cell_value = [&](int row, int column) {
    const int size = geometry.patches.size;
    const int stride = geometry.patches.stride;
    row = std::clamp(row - geometry.border, 0, (map.grid.rows - 1) * stride + size - 1);
    column = std::clamp(column - geometry.border, 0, (map.grid.columns - 1) * stride + size - 1);
    double sum = 0;
    int count = 0;
    for (int i = 0; i < map.grid.rows; ++i) {
      for (int j = 0; j < map.grid.columns; ++j) {
        if (row < i * stride || row >= i * stride + size) continue;
        if (column < j * stride || column >= j * stride + size) continue;
        sum += map.values[i * map.grid.columns + j];
        ++count;
      }
    }
    return sum / count;
  };
  const int cells = geometry.map_cells;
  const double v = std::clamp((y + 0.5) * cells / height - 0.5, 0.0, cells - 1.0);
  const double u = std::clamp((x + 0.5) * cells / width - 0.5, 0.0, cells - 1.0);
  const int row = static_cast<int>(v);
  const int column = static_cast<int>(u);
  const double dv = v - row;
  const double du = u - column;
  const int below = std::min(row + 1, cells - 1);
  const int right = std::min(column + 1, cells - 1);
  return (1 - dv) * ((1 - du) * cell_value(row, column) + du * cell_value(row, right)) +
         dv * ((1 - du) * cell_value(below, column) + du * cell_value(below, right));
}

TEST(RenderHeatmapTest, IsTheNaiveMapOverShapesAndGeometries) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> uniform(0, 1);
  // The last leaves cells at the right and bottom that no patch fills.
  for (const MapGeometry& geometry :
       {kPyramid, MapGeometry{{16, 4}, 64, 0}, MapGeometry{{8, 8}, 12, 2}, MapGeometry{{5, 3}, 16, 1}}) {
    const int inner = geometry.map_cells - 2 * geometry.border;
    PatchMap map = ConstantMap(MakePatchGrid(geometry.patches, inner, inner), 0);
    std::generate(map.values.begin(), map.values.end(), [&] { return uniform(random); });
    for (const auto& [height, width] : {std::pair{96, 130}, std::pair{33, 16}}) {
      const cv::Mat heatmap = RenderHeatmap(map, geometry, height, width);
      ASSERT_EQ(heatmap.type(), CV_32FC1);
      ASSERT_EQ(heatmap.rows, height);
      ASSERT_EQ(heatmap.cols, width);
      for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
          // Values below 1; OpenCV takes the weights in float32, whose places (below 130) are known to 130
          // half units in the last place.
          ASSERT_NEAR(heatmap.at<float>(y, x), NaiveHeat(map, geometry, height, width, y, x),
                      130 * 6e-8 + 1e-6)
              << y << " " << x;
        }
      }
    }
  }
}

TEST(RenderHeatmapTest, AConstantMapStaysConstantOutToTheEdges) {
  const cv::Mat heatmap = RenderHeatmap(ConstantMap({11, 11}, 3), kPyramid, 200, 300);
  double low = 0;
  double high = 0;
  cv::minMaxLoc(heatmap, &low, &high);
  EXPECT_NEAR(low, 3, 1e-6);
  EXPECT_NEAR(high, 3, 1e-6);
}

TEST(RenderHeatmapTest, AHotCornerPatchReachesThePicturesCorner) {
  const cv::Mat heatmap = RenderHeatmap(HotPatch(0, 0), kPyramid, 320, 480);
  EXPECT_FLOAT_EQ(heatmap.at<float>(0, 0), 16);
  EXPECT_FLOAT_EQ(heatmap.at<float>(319, 479), 0);
}

TEST(RenderHeatmapTest, AHotPatchLiesAtItsOwnPixelsOfAPictureThatIsNotSquare) {
  // Patch (i, j) is centred on cell coordinate 2 + 2 i + 4 of 32; in a picture of 640 x 320, on that share.
  for (const auto& [i, j] : {std::pair{4, 5}, std::pair{6, 3}, std::pair{5, 7}}) {
    const cv::Mat heatmap = RenderHeatmap(HotPatch(i, j), kPyramid, 320, 640);
    const std::vector<Region> regions = FindRegions(heatmap, ThresholdAt(0), Verdict::kNok);
    ASSERT_EQ(regions.size(), 1);
    // The outline is at 0.5, half way up. Pixel centres lie half a pixel off; inside, the 8 x 8 cells of the
    // patch all hold 16 / 16.
    EXPECT_NEAR(regions[0].center_y, (2 * i + 6) / 32.0 * 320 - 0.5, 0.5);
    EXPECT_NEAR(regions[0].center_x, (2 * j + 6) / 32.0 * 640 - 0.5, 0.5);
    EXPECT_NEAR(regions[0].y, (2 * i + 2) / 32.0 * 320, 1);
    EXPECT_NEAR(regions[0].x, (2 * j + 2) / 32.0 * 640, 1);
    EXPECT_NEAR(regions[0].height, 80, 2);
    EXPECT_NEAR(regions[0].width, 160, 2);
    EXPECT_NEAR(regions[0].peak, 1, 1e-6);
  }
}

TEST(FindRegionsTest, AreTheConnectedAreasAboveTheThresholdHighestPeakFirst) {
  cv::Mat heatmap = cv::Mat::zeros(10, 20, CV_32FC1);
  heatmap(cv::Rect(2, 1, 3, 2)) = 6;
  heatmap.at<float>(3, 5) = 7;  // touches the first by a corner
  heatmap(cv::Rect(15, 8, 2, 2)) = 9;
  heatmap.at<float>(9, 16) = 10;
  heatmap.at<float>(5, 10) = 4;  // at the threshold, not above it
  const std::vector<Region> regions = FindRegions(heatmap, ThresholdAt(4), Verdict::kReview);
  ASSERT_EQ(regions.size(), 2);
  EXPECT_EQ(regions[0].x, 15);
  EXPECT_EQ(regions[0].y, 8);
  EXPECT_EQ(regions[0].width, 2);
  EXPECT_EQ(regions[0].height, 2);
  EXPECT_EQ(regions[0].area, 4);
  EXPECT_EQ(regions[0].peak, 10);
  EXPECT_EQ(regions[0].peak_x, 16);
  EXPECT_EQ(regions[0].peak_y, 9);
  EXPECT_NEAR(regions[0].center_x, (2 * 9 * 15 + 9 * 16 + 10 * 16) / 37.0, 1e-12);
  EXPECT_NEAR(regions[0].center_y, (2 * 9 * 8 + 9 * 9 + 10 * 9) / 37.0, 1e-12);
  EXPECT_EQ(regions[1].x, 2);
  EXPECT_EQ(regions[1].y, 1);
  EXPECT_EQ(regions[1].width, 4);
  EXPECT_EQ(regions[1].height, 3);
  EXPECT_EQ(regions[1].area, 7);
  EXPECT_EQ(regions[1].peak, 7);
}

TEST(FindRegionsTest, AnAreaIsOutlinedAtHalfItsHeightAboveTheThreshold) {
  // All of the picture is above the threshold of 4; two defects of different strength stand out of it, at
  // heights 12 and 10.
  cv::Mat heatmap(10, 20, CV_32FC1, cv::Scalar(5));
  heatmap(cv::Rect(2, 1, 3, 2)) = 12;
  heatmap(cv::Rect(1, 1, 1, 2)) = 7.9F;  // below half of the strongest
  heatmap(cv::Rect(15, 8, 2, 2)) = 10;
  const std::vector<Region> regions = FindRegions(heatmap, ThresholdAt(4), Verdict::kNok);
  ASSERT_EQ(regions.size(), 2);
  EXPECT_EQ(regions[0].x, 2);
  EXPECT_EQ(regions[0].width, 3);
  EXPECT_EQ(regions[0].area, 6);
  EXPECT_EQ(regions[1].x, 15);
  EXPECT_EQ(regions[1].area, 4);
}

TEST(FindRegionsTest, AnAreaInTheFirstRowAndColumnIsOutlinedByItsOwnPeak) {
  cv::Mat heatmap = cv::Mat::zeros(6, 6, CV_32FC1);
  heatmap.at<float>(0, 0) = 8;  // half way up from 4: 6
  heatmap.at<float>(0, 1) = 7;
  heatmap.at<float>(1, 0) = 7;
  heatmap.at<float>(0, 2) = 5;
  heatmap.at<float>(2, 0) = 5;
  const std::vector<Region> regions = FindRegions(heatmap, ThresholdAt(4), Verdict::kNok);
  ASSERT_EQ(regions.size(), 1);
  EXPECT_EQ(regions[0].x, 0);
  EXPECT_EQ(regions[0].y, 0);
  EXPECT_EQ(regions[0].width, 2);
  EXPECT_EQ(regions[0].height, 2);
  EXPECT_EQ(regions[0].area, 3);
}

TEST(FindRegionsTest, PixelsThatTouchByACornerAreOneArea) {
  cv::Mat heatmap = cv::Mat::zeros(6, 6, CV_32FC1);
  heatmap.at<float>(3, 3) = 8;
  heatmap.at<float>(4, 4) = 8;
  const std::vector<Region> regions = FindRegions(heatmap, ThresholdAt(4), Verdict::kNok);
  ASSERT_EQ(regions.size(), 1);
  EXPECT_EQ(regions[0].area, 2);
}

TEST(FindRegionsTest, OfEqualPeaksTheUpperThenTheLeftComesFirst) {
  cv::Mat heatmap = cv::Mat::zeros(8, 8, CV_32FC1);
  // Labels go by rows of pairs: the area of the second has a pixel above the first one's peak.
  heatmap.at<float>(1, 6) = 8;
  heatmap.at<float>(1, 1) = 8;
  heatmap.at<float>(5, 0) = 8;
  heatmap.at<float>(4, 4) = 7;
  heatmap.at<float>(5, 4) = 8;
  const std::vector<Region> regions = FindRegions(heatmap, ThresholdAt(4), Verdict::kNok);
  ASSERT_EQ(regions.size(), 4);
  EXPECT_EQ(std::pair(regions[0].peak_y, regions[0].peak_x), std::pair(1, 1));
  EXPECT_EQ(std::pair(regions[1].peak_y, regions[1].peak_x), std::pair(1, 6));
  EXPECT_EQ(std::pair(regions[2].peak_y, regions[2].peak_x), std::pair(5, 0));
  EXPECT_EQ(std::pair(regions[3].peak_y, regions[3].peak_x), std::pair(5, 4));
}

TEST(FindRegionsTest, OkHasNoneEvenAboveTheThreshold) {
  EXPECT_TRUE(FindRegions(cv::Mat::ones(5, 5, CV_32FC1), ThresholdAt(0.5f), Verdict::kOk).empty());
}

TEST(FindRegionsTest, WithNothingAboveTheThresholdReviewAndNokShowTheAreaAroundThePeak) {
  cv::Mat heatmap = cv::Mat::zeros(10, 10, CV_32FC1);
  heatmap.at<float>(4, 4) = 1;
  heatmap.at<float>(4, 5) = 0.95f;
  heatmap.at<float>(4, 6) = 0.85f;
  heatmap.at<float>(8, 8) = 0.95f;  // as high, but not connected
  for (const Verdict verdict : {Verdict::kReview, Verdict::kNok}) {
    const std::vector<Region> regions = FindRegions(heatmap, ThresholdAt(3), verdict);
    ASSERT_EQ(regions.size(), 1);
    EXPECT_EQ(regions[0].area, 2);
    EXPECT_EQ(regions[0].peak_x, 4);
    EXPECT_EQ(regions[0].peak_y, 4);
  }
}

TEST(FindRegionsTest, APeakThatIsTheThresholdInFloat32IsNotAboveIt) {
  // 0.1f is above 0.1: compared in different precisions there would be a peak without a region.
  Calibration limits = ThresholdAt(0);
  limits.threshold = 0.1;
  EXPECT_EQ(FindRegions(cv::Mat(4, 4, CV_32FC1, cv::Scalar(0.1f)), limits, Verdict::kNok).size(), 1);
}

TEST(FindRegionsTest, AMapOfZerosIsOneRegionWithItsCentreInTheMiddle) {
  const std::vector<Region> regions =
      FindRegions(cv::Mat::zeros(5, 9, CV_32FC1), ThresholdAt(1), Verdict::kReview);
  ASSERT_EQ(regions.size(), 1);
  EXPECT_EQ(regions[0].area, 45);
  EXPECT_EQ(regions[0].center_x, 4);
  EXPECT_EQ(regions[0].center_y, 2);
}

// Random maps, thresholds and verdicts: the rule itself.
TEST(FindRegionsTest, AgreeWithTheVerdict) {
  std::mt19937 random(2);
  std::gamma_distribution<double> gamma(2, 10);
  for (int trial = 0; trial < 50; ++trial) {
    PatchMap map = ConstantMap({11, 11}, 0);
    std::generate(map.values.begin(), map.values.end(), [&] { return gamma(random); });
    const cv::Mat heatmap = RenderHeatmap(map, kPyramid, 90, 70);
    double peak = 0;
    cv::minMaxLoc(heatmap, nullptr, &peak);
    const Calibration limits = ThresholdAt(static_cast<float>(gamma(random)));
    EXPECT_TRUE(FindRegions(heatmap, limits, Verdict::kOk).empty());
    for (const Verdict verdict : {Verdict::kReview, Verdict::kNok}) {
      const std::vector<Region> regions = FindRegions(heatmap, limits, verdict);
      ASSERT_FALSE(regions.empty());
      EXPECT_EQ(regions[0].peak, peak);
      EXPECT_EQ(heatmap.at<float>(regions[0].peak_y, regions[0].peak_x), peak);
      for (const Region& region : regions) {
        EXPECT_GE(region.peak_x, region.x);
        EXPECT_LT(region.peak_x, region.x + region.width);
        EXPECT_GE(region.center_y, region.y);
        EXPECT_LT(region.center_y, region.y + region.height);
        EXPECT_LE(region.area, int64_t{region.width} * region.height);
      }
    }
  }
}

TEST(ColorScaleTest, BeginsAtGoodPicturesTypicalMaximumAndEndsSixTimesAsFarAsTheThreshold) {
  const Calibration limits = Limits(3, 0.2);
  const ColorScale scale = MakeColorScale(limits);
  EXPECT_NEAR(scale.low, std::exp(3), 1e-9);
  EXPECT_NEAR(std::log(scale.high / scale.low), 6 * std::log(limits.threshold / scale.low), 1e-9);
}

TEST(ColorScaleTest, IsTheBundlesAndNotThePictures) {
  const ColorScale scale = MakeColorScale(Limits(3, 0.2));
  const cv::Mat good(4, 4, CV_32FC1, cv::Scalar(std::exp(2.9)));
  EXPECT_EQ(cv::countNonZero(Intensity(good, scale)), 0);
}

TEST(ColorScaleTest, IsFiniteForTheWidestCalibration) {
  const absl::StatusOr<Calibration> limits = Calibrate({0.0, 1e6}, 0.0001);
  ASSERT_TRUE(limits.ok());
  const ColorScale scale = MakeColorScale(*limits);
  EXPECT_TRUE(std::isfinite(scale.high));
  EXPECT_GT(scale.high, scale.low);
  const cv::Mat intensity = Intensity(cv::Mat(1, 1, CV_32FC1, cv::Scalar(1e30)), scale);
  EXPECT_GE(intensity.at<float>(0), 0);
  EXPECT_LE(intensity.at<float>(0), 1);
}

}  // namespace
}  // namespace mlfsc
