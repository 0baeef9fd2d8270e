#include "core/scoring/heatmap.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <tuple>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opencv2/core.hpp>

namespace mlfsc {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;

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

TEST(HeatmapRowsTest, RowsDoNotDependOnHowTheyAreCut) {
  std::mt19937 random(2);
  std::uniform_real_distribution<double> uniform(0, 1);
  PatchMap map = ConstantMap({11, 11}, 0);
  std::generate(map.values.begin(), map.values.end(), [&] { return uniform(random); });
  for (const int height : {7, 32, 333}) {
    const cv::Mat whole = RenderHeatmap(map, kPyramid, height, 50);
    const HeatmapRows rows(map, kPyramid, height, 50);
    ASSERT_EQ(rows.height(), height);
    ASSERT_EQ(rows.width(), 50);
    for (int top = 0; top < height; top += 5) {
      const int count = std::min(5, height - top);
      EXPECT_EQ(cv::norm(rows.Rows(top, count), whole.rowRange(top, top + count), cv::NORM_INF), 0);
    }
  }
}

TEST(FindRegionsTest, OfALargePictureTheyAreThoseOfTheWholeMapToAThousandth) {
  for (const auto& [height, width] :
       {std::pair{kRegionSide, kRegionSide}, std::pair{2 * kRegionSide + 77, 900}, std::pair{700, 5000}}) {
    const PatchMap map = HotPatch(3, 6);
    const std::vector<Region> whole =
        FindRegions(RenderHeatmap(map, kPyramid, height, width), ThresholdAt(0), Verdict::kNok);
    const std::vector<Region> regions =
        FindRegions(map, kPyramid, height, width, ThresholdAt(0), Verdict::kNok);
    ASSERT_EQ(regions.size(), 1u);
    ASSERT_EQ(whole.size(), 1u);
    const double step = std::max(height, width) / 1000.0;
    const Region& region = regions.front();
    EXPECT_NEAR(region.x, whole[0].x, step);
    EXPECT_NEAR(region.y, whole[0].y, step);
    EXPECT_NEAR(region.width, whole[0].width, step);
    EXPECT_NEAR(region.height, whole[0].height, step);
    EXPECT_NEAR(region.center_x, whole[0].center_x, step);
    EXPECT_NEAR(region.center_y, whole[0].center_y, step);
    EXPECT_NEAR(region.peak, whole[0].peak, 1e-2 * whole[0].peak);
    EXPECT_NEAR(static_cast<double>(region.area), static_cast<double>(whole[0].area),
                2 * step * (whole[0].width + whole[0].height));
    EXPECT_LE(region.x + region.width, width);
    EXPECT_LE(region.y + region.height, height);
    EXPECT_GE(region.peak_x, region.x);
    EXPECT_LT(region.peak_x, region.x + region.width);
    EXPECT_GE(region.peak_y, region.y);
    EXPECT_LT(region.peak_y, region.y + region.height);
    EXPECT_TRUE(FindRegions(map, kPyramid, height, width, ThresholdAt(0), Verdict::kOk).empty());
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

// A heatmap as it looks.
cv::Mat MapOf(const std::vector<std::vector<float>>& rows) {
  cv::Mat heatmap(static_cast<int>(rows.size()), static_cast<int>(rows[0].size()), CV_32FC1);
  for (int y = 0; y < heatmap.rows; ++y) std::copy(rows[y].begin(), rows[y].end(), heatmap.ptr<float>(y));
  return heatmap;
}

// What NOK shows of it above a threshold of 4.
std::vector<Region> RegionsAboveFour(const std::vector<std::vector<float>>& rows) {
  return FindRegions(MapOf(rows), ThresholdAt(4), Verdict::kNok);
}

MATCHER_P(IsOutlinedBy, box, "") {
  *result_listener << "which is outlined by " << cv::Rect(arg.x, arg.y, arg.width, arg.height);
  return cv::Rect(arg.x, arg.y, arg.width, arg.height) == box;
}
MATCHER_P2(HasPeakAt, x, y, "") {
  *result_listener << "whose peak is at " << arg.peak_x << ", " << arg.peak_y;
  return arg.peak_x == x && arg.peak_y == y;
}
auto HasArea(int64_t area) { return Field("area", &Region::area, area); }

TEST(FindRegionsTest, AreTheConnectedAreasAboveTheThresholdHighestPeakFirst) {
  cv::Mat heatmap = cv::Mat::zeros(10, 20, CV_32FC1);
  heatmap(cv::Rect(2, 1, 3, 2)) = 6;
  heatmap.at<float>(3, 5) = 7;  // touches the first by a corner
  heatmap(cv::Rect(15, 8, 2, 2)) = 9;
  heatmap.at<float>(9, 16) = 10;
  heatmap.at<float>(5, 10) = 4;  // at the threshold, not above it
  const std::vector<Region> regions = FindRegions(heatmap, ThresholdAt(4), Verdict::kReview);
  ASSERT_THAT(regions, ElementsAre(AllOf(IsOutlinedBy(cv::Rect(15, 8, 2, 2)), HasArea(4), HasPeakAt(16, 9)),
                                   AllOf(IsOutlinedBy(cv::Rect(2, 1, 4, 3)), HasArea(7), HasPeakAt(5, 3))));
  EXPECT_EQ(regions[0].peak, 10);
  EXPECT_NEAR(regions[0].center_x, (2 * 9 * 15 + 9 * 16 + 10 * 16) / 37.0, 1e-12);
  EXPECT_NEAR(regions[0].center_y, (2 * 9 * 8 + 9 * 9 + 10 * 9) / 37.0, 1e-12);
  EXPECT_EQ(regions[1].peak, 7);
}

TEST(FindRegionsTest, AnAreaIsOutlinedAtHalfItsHeightAboveTheThreshold) {
  // All of the picture is above the threshold; two defects of different strength stand out of it, at heights
  // 12 and 10. 7.9 is below half of the stronger.
  EXPECT_THAT(RegionsAboveFour({{5, 5, 5, 5, 5, 5, 5},
                                {5, 7.9F, 12, 12, 5, 5, 5},
                                {5, 7.9F, 12, 12, 5, 5, 5},
                                {5, 5, 5, 5, 5, 10, 10}}),
              ElementsAre(AllOf(IsOutlinedBy(cv::Rect(2, 1, 2, 2)), HasArea(4)),
                          AllOf(IsOutlinedBy(cv::Rect(5, 3, 2, 1)), HasArea(2))));
}

TEST(FindRegionsTest, AnAreaIsOutlinedByItsOwnPeakInEachCornerOfThePicture) {
  // Half way up from 4 to 8 is 6; from 4 to 7 it would be 5.5.
  cv::Mat heatmap = MapOf({{8, 7, 5.7F, 0}, {7, 0, 0, 0}, {5.7F, 0, 0, 0}});
  for (const auto& [flip, x, y] : {std::tuple{0, 0, 1}, {1, 2, 1}, {0, 2, 0}, {1, 0, 0}}) {
    cv::flip(heatmap, heatmap, flip);
    EXPECT_THAT(FindRegions(heatmap, ThresholdAt(4), Verdict::kNok),
                ElementsAre(AllOf(IsOutlinedBy(cv::Rect(x, y, 2, 2)), HasArea(3))));
  }
}

TEST(FindRegionsTest, AnAreaAlongTheFirstColumnIsNoWiderThanIt) {
  EXPECT_THAT(RegionsAboveFour({{0, 0}, {8, 0}, {8, 0}}),
              ElementsAre(AllOf(IsOutlinedBy(cv::Rect(0, 1, 1, 2)), HasArea(2))));
}

TEST(FindRegionsTest, PixelsThatTouchByACornerAreOneArea) {
  // So the last is below half of the area's height.
  EXPECT_THAT(RegionsAboveFour({{8, 0, 0}, {0, 8, 0}, {0, 0, 5}}),
              ElementsAre(AllOf(IsOutlinedBy(cv::Rect(0, 0, 2, 2)), HasArea(2))));
}

TEST(FindRegionsTest, OfEqualPeaksTheUpperThenTheLeftComesFirst) {
  // The second row's regions, too: OpenCV numbers areas by pairs of rows. The last area begins above the
  // peak of the third.
  EXPECT_THAT(RegionsAboveFour({{0, 0, 0, 0, 0, 0},
                                {0, 8, 0, 0, 0, 8},
                                {0, 0, 0, 0, 0, 0},
                                {0, 0, 0, 7, 0, 0},
                                {8, 0, 0, 8, 0, 0}}),
              ElementsAre(HasPeakAt(1, 1), HasPeakAt(5, 1), HasPeakAt(0, 4), HasPeakAt(3, 4)));
}

TEST(FindRegionsTest, OfEquallyHighPixelsTheFirstIsThePeak) {
  EXPECT_THAT(RegionsAboveFour({{0, 7, 8, 8}, {8, 8, 7, 0}}), ElementsAre(HasPeakAt(2, 0)));
}

TEST(FindRegionsTest, TheCentreIsWeightedHoweverSmallTheMapsValuesAre) {
  const std::vector<Region> regions =
      FindRegions(MapOf({{0.02F, 0.03F}, {0.03F, 0}}), ThresholdAt(0), Verdict::kNok);
  ASSERT_THAT(regions, ElementsAre(HasArea(3)));
  EXPECT_NEAR(regions[0].center_x, 3.0 / 8, 1e-6);
  EXPECT_NEAR(regions[0].center_y, 3.0 / 8, 1e-6);
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

TEST(ColorScaleTest, AThresholdBelowTheMiddleKeepsAScaleThatRises) {
  const Calibration limits = Limits(3, 0.2);
  for (const double deviations : {-5000.0, -1e4, -30.0, -1.0, 0.0, 0.1, 0.4}) {
    const Calibration moved = AtDeviations(limits, deviations);
    const ColorScale scale = MakeColorScale(moved);
    EXPECT_GT(scale.low, 0);
    EXPECT_TRUE(std::isfinite(scale.high));
    EXPECT_GT(scale.high, 1.001 * scale.low) << deviations;
    // The threshold stays a sixth of the way up, half a deviation above the dark end.
    EXPECT_NEAR(std::log(scale.high / scale.low), 6 * std::log(moved.threshold / scale.low), 1e-6);
    EXPECT_GE(std::log(moved.threshold / scale.low), 0.5 * 0.2 - 1e-9);
    const cv::Mat intensity = Intensity(cv::Mat(1, 1, CV_32FC1, cv::Scalar(std::exp(3))), scale);
    EXPECT_GE(intensity.at<float>(0), 0);
    EXPECT_LE(intensity.at<float>(0), 1);
  }
}

TEST(ColorScaleTest, NoRatesLimitIsSoCloseToTheMiddleThatTheScaleChanges) {
  for (const double rate : {0.0001, 0.01, 0.2}) {
    const absl::StatusOr<Calibration> limits = Calibrate({80, 95, 100, 120, 130}, rate);
    ASSERT_TRUE(limits.ok());
    EXPECT_NEAR(MakeColorScale(*limits).low / std::exp(limits->log_mean), 1, 1e-12) << rate;
  }
}

TEST(ColorScaleTest, EndsAtE690ForTheWidestCalibration) {
  const absl::StatusOr<Calibration> limits = Calibrate({0.0, 1e6}, 0.0001);
  ASSERT_TRUE(limits.ok());
  const ColorScale scale = MakeColorScale(*limits);
  EXPECT_NEAR(std::log(scale.high), 690, 1e-9);
  EXPECT_GT(scale.high, scale.low);
  const cv::Mat intensity = Intensity(cv::Mat(1, 1, CV_32FC1, cv::Scalar(1e30)), scale);
  EXPECT_GE(intensity.at<float>(0), 0);
  EXPECT_LE(intensity.at<float>(0), 1);
}

}  // namespace
}  // namespace mlfsc
