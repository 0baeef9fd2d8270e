#include "core/serving/draw_map.h"

#include <algorithm>

#include <opencv2/core.hpp>

namespace mlfsc {
namespace {

// Rows of float32 values at once.
constexpr int kRows = 64;

std::vector<Mark> MarksOf(const std::vector<Region>& regions) {
  std::vector<Mark> marks;
  marks.reserve(regions.size());
  for (const Region& region : regions) {
    marks.push_back({{region.x, region.y, region.width, region.height}, {region.peak_x, region.peak_y}});
  }
  return marks;
}

std::string Float32(const HeatmapRows& map) {
  std::string values;
  values.reserve(sizeof(float) * map.height() * static_cast<size_t>(map.width()));
  for (int top = 0; top < map.height(); top += kRows) {
    const cv::Mat rows = map.Rows(top, std::min(kRows, map.height() - top));
    values.append(reinterpret_cast<const char*>(rows.data), rows.total() * sizeof(float));
  }
  return values;
}

}  // namespace

absl::StatusOr<std::string> DrawMap(HeatmapFormat format, const HeatmapRows& map, const ColorScale& scale,
                                    const Image& image, const std::vector<Region>& regions) {
  if (format == HeatmapFormat::kFloat32) return Float32(map);
  const std::vector<Mark> marks = MarksOf(regions);
  return EncodePngByRows(map.height(), map.width(), [&](int top, int count) {
    const cv::Mat intensity = Intensity(map.Rows(top, count), scale);
    return format == HeatmapFormat::kOverlayPng ? OverlayRows(image, top, intensity, marks).rgb
                                                : ColorMap(intensity).rgb;
  });
}

int64_t DrawingMemory(HeatmapFormat format, int height, int width) {
  constexpr int64_t kCopies = 2;
  const int64_t pixels = int64_t{height} * width;
  switch (format) {
    case HeatmapFormat::kOverlayPng:
      return kCopies * 3 * pixels;
    case HeatmapFormat::kColorMapPng:
      return kCopies * pixels;
    case HeatmapFormat::kFloat32:
      break;
  }
  return kCopies * static_cast<int64_t>(sizeof(float)) * pixels;
}

}  // namespace mlfsc
