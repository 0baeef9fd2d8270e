#include "core/scoring/heatmap.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace mlfsc {
namespace {

// With nothing above the threshold, what is this close to the peak belongs to its region.
constexpr double kPeakShare = 0.9;
// Of the colour scale's length, the part below the threshold is one in this many.
constexpr double kScaleInThresholds = 6;
// From the scale's dark end to the threshold, at least: deviations, and in the logarithm. Half a deviation is
// less than any rate's limit lies above the middle.
constexpr double kLeastScaleInDeviations = 0.5;
constexpr double kLeastScale = 0.005;
// Below this a double loses digits, and then is 0.
constexpr double kSmallestLog = -700;
// Logarithms of the colour scale's ends stay within what a double holds.
constexpr double kLargestLog = 690;

// Patch values spread over the cells they cover, overlaps averaged; as large as what the patches cover.
cv::Mat CellMap(const PatchMap& map, const PatchOptions& patches) {
  const int rows = (map.grid.rows - 1) * patches.stride + patches.size;
  const int columns = (map.grid.columns - 1) * patches.stride + patches.size;
  // No matrix expressions in this file: OpenCV makes what evaluates them when the first thread asks, and
  // where other threads do too ThreadSanitizer, which does not see into OpenCV, cannot judge that.
  cv::Mat sums(rows, columns, CV_64FC1, cv::Scalar(0));
  cv::Mat counts(rows, columns, CV_64FC1, cv::Scalar(0));
  const double* value = map.values.data();
  for (int top = 0; top + patches.size <= rows; top += patches.stride) {
    for (int left = 0; left + patches.size <= columns; left += patches.stride, ++value) {
      for (int y = top; y < top + patches.size; ++y) {
        double* sum = sums.ptr<double>(y) + left;
        double* count = counts.ptr<double>(y) + left;
        for (int x = 0; x < patches.size; ++x) {
          sum[x] += *value;
          count[x] += 1;
        }
      }
    }
  }
  cv::Mat cells;
  cv::divide(sums, counts, sums);
  sums.convertTo(cells, CV_32FC1);
  return cells;
}

// A region while its pixels come by, row by row.
struct GrowingRegion {
  Region region;
  int right = 0;
  double weight = 0;
  double weighted_x = 0;
  double weighted_y = 0;
  int64_t sum_x = 0;
  int64_t sum_y = 0;

  void Add(int x, int y, double value) {
    const bool first = region.area == 0;
    if (first) {
      region.x = x;
      region.y = y;
    }
    region.x = std::min(region.x, x);
    right = std::max(right, x);
    region.height = y - region.y + 1;
    ++region.area;
    if (first || value > region.peak) {
      region.peak = value;
      region.peak_x = x;
      region.peak_y = y;
    }
    weight += value;
    weighted_x += value * x;
    weighted_y += value * y;
    sum_x += x;
    sum_y += y;
  }

  Region Finish() const {
    Region finished = region;
    finished.width = right - region.x + 1;
    const auto area = static_cast<double>(region.area);
    finished.center_x = weight > 0 ? weighted_x / weight : static_cast<double>(sum_x) / area;
    finished.center_y = weight > 0 ? weighted_y / weight : static_cast<double>(sum_y) / area;
    return finished;
  }
};

// The pixels of `mask` that reach half the height, from `threshold` up, of the peak of the connected area
// they are in.
cv::Mat UpperHalves(const cv::Mat& heatmap, const cv::Mat& mask, float threshold) {
  cv::Mat labels;
  const int count = cv::connectedComponents(mask, labels, 8, CV_32S);
  std::vector<float> cut(count, threshold);
  for (int y = 0; y < heatmap.rows; ++y) {
    const float* values = heatmap.ptr<float>(y);
    const int* label = labels.ptr<int>(y);
    for (int x = 0; x < heatmap.cols; ++x) cut[label[x]] = std::max(cut[label[x]], values[x]);
  }
  for (float& height : cut) height = threshold + (height - threshold) / 2;
  cv::Mat upper(heatmap.size(), CV_8UC1);
  for (int y = 0; y < heatmap.rows; ++y) {
    const float* values = heatmap.ptr<float>(y);
    const int* label = labels.ptr<int>(y);
    uint8_t* out = upper.ptr<uint8_t>(y);
    for (int x = 0; x < heatmap.cols; ++x) out[x] = label[x] > 0 && values[x] >= cut[label[x]] ? 255 : 0;
  }
  return upper;
}

// Connected (diagonals too) areas of `mask`.
std::vector<Region> Connected(const cv::Mat& heatmap, const cv::Mat& mask) {
  // Most maps are cold nearly everywhere: only the part with something in it is gone through.
  const cv::Rect box = cv::boundingRect(mask);
  cv::Mat labels;
  const int count = cv::connectedComponents(mask(box), labels, 8, CV_32S);
  std::vector<GrowingRegion> growing(count);
  for (int y = 0; y < box.height; ++y) {
    const float* values = heatmap.ptr<float>(box.y + y) + box.x;
    const int* label = labels.ptr<int>(y);
    for (int x = 0; x < box.width; ++x) {
      if (label[x] > 0) growing[label[x]].Add(box.x + x, box.y + y, values[x]);
    }
  }
  std::vector<Region> regions;
  for (size_t i = 1; i < growing.size(); ++i) regions.push_back(growing[i].Finish());
  return regions;
}

// A region of a map of size `from`, on one of size `to`, which is no smaller.
Region Enlarged(const Region& region, const cv::Size& from, const cv::Size& to) {
  const double scale_x = static_cast<double>(to.width) / from.width;
  const double scale_y = static_cast<double>(to.height) / from.height;
  const auto edge = [](int at, double scale) { return static_cast<int>(std::lround(at * scale)); };
  Region enlarged = region;
  enlarged.x = edge(region.x, scale_x);
  enlarged.y = edge(region.y, scale_y);
  enlarged.width = edge(region.x + region.width, scale_x) - enlarged.x;
  enlarged.height = edge(region.y + region.height, scale_y) - enlarged.y;
  enlarged.area = std::min(std::llround(static_cast<double>(region.area) * scale_x * scale_y),
                           static_cast<long long>(enlarged.width) * enlarged.height);
  enlarged.peak_x = static_cast<int>((region.peak_x + 0.5) * scale_x);
  enlarged.peak_y = static_cast<int>((region.peak_y + 0.5) * scale_y);
  enlarged.center_x = (region.center_x + 0.5) * scale_x - 0.5;
  enlarged.center_y = (region.center_y + 0.5) * scale_y - 0.5;
  return enlarged;
}

}  // namespace

HeatmapRows::HeatmapRows(const PatchMap& map, const MapGeometry& geometry, int height, int width)
    : height_(height) {
  const cv::Mat cells = CellMap(map, geometry.patches);
  cv::Mat whole;
  cv::copyMakeBorder(cells, whole, geometry.border, geometry.map_cells - geometry.border - cells.rows,
                     geometry.border, geometry.map_cells - geometry.border - cells.cols,
                     cv::BORDER_REPLICATE);
  cv::resize(whole, columns_, cv::Size(width, whole.rows));
}

cv::Mat HeatmapRows::Rows(int top, int count) const {
  cv::Mat rows(count, width(), CV_32FC1);
  const double cells_a_row = static_cast<double>(columns_.rows) / height_;
  for (int y = 0; y < count; ++y) {
    // The centre of the row, in cells from the centre of the first.
    const double at = std::clamp((top + y + 0.5) * cells_a_row - 0.5, 0.0, columns_.rows - 1.0);
    const int above = static_cast<int>(at);
    const auto share = static_cast<float>(at - above);
    const float* const upper = columns_.ptr<float>(above);
    const float* const lower = columns_.ptr<float>(std::min(above + 1, columns_.rows - 1));
    float* const out = rows.ptr<float>(y);
    for (int x = 0; x < rows.cols; ++x) out[x] = upper[x] + share * (lower[x] - upper[x]);
  }
  return rows;
}

cv::Mat RenderHeatmap(const PatchMap& map, const MapGeometry& geometry, int height, int width) {
  return HeatmapRows(map, geometry, height, width).Rows(0, height);
}

std::vector<Region> FindRegions(const cv::Mat& heatmap, const Calibration& limits, Verdict verdict) {
  if (verdict == Verdict::kOk || heatmap.empty()) return {};
  double peak = 0;
  cv::minMaxLoc(heatmap, nullptr, &peak);
  // In the heatmap's own precision, so that both comparisons with it agree.
  const auto threshold = static_cast<float>(limits.threshold);
  const bool above = peak > threshold;
  cv::Mat mask;
  if (above) {
    cv::compare(heatmap, threshold, mask, cv::CMP_GT);
    mask = UpperHalves(heatmap, mask, threshold);
  } else {
    cv::compare(heatmap, kPeakShare * peak, mask, cv::CMP_GE);
  }
  std::vector<Region> regions = Connected(heatmap, mask);
  std::sort(regions.begin(), regions.end(), [](const Region& a, const Region& b) {
    return std::tie(b.peak, a.peak_y, a.peak_x) < std::tie(a.peak, b.peak_y, b.peak_x);
  });
  if (!above) regions.resize(1);
  return regions;
}

std::vector<Region> FindRegions(const PatchMap& map, const MapGeometry& geometry, int height, int width,
                                const Calibration& limits, Verdict verdict) {
  if (verdict == Verdict::kOk) return {};
  const int longer = std::max(height, width);
  if (longer <= kRegionSide) return FindRegions(RenderHeatmap(map, geometry, height, width), limits, verdict);
  const auto shrunk = [&](int side) {
    return std::max<int>(1, static_cast<int>(int64_t{side} * kRegionSide / longer));
  };
  const cv::Size small(shrunk(width), shrunk(height));
  std::vector<Region> regions =
      FindRegions(RenderHeatmap(map, geometry, small.height, small.width), limits, verdict);
  for (Region& region : regions) region = Enlarged(region, small, cv::Size(width, height));
  return regions;
}

ColorScale MakeColorScale(const Calibration& limits) {
  const double threshold = std::log(limits.threshold);
  // A threshold that a person set may lie below the middle.
  const double least = std::max(kLeastScaleInDeviations * limits.log_deviation, kLeastScale);
  const double low = std::max(std::min(limits.log_mean, threshold - least), kSmallestLog);
  const double high = std::min(low + kScaleInThresholds * (threshold - low), kLargestLog);
  return {std::exp(low), std::exp(high)};
}

}  // namespace mlfsc
