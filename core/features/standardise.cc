#include <cmath>
#include <cstddef>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "core/features/feature_extractor.h"

namespace mlfsc {
namespace {

// Sums term(values[i]) in float64. Eight running sums, because the compiler may not reorder a single one.
template <typename Term>
double Sum(const float* values, size_t count, const Term& term) {
  constexpr size_t kLanes = 8;
  double sums[kLanes] = {};
  size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (size_t lane = 0; lane < kLanes; ++lane) sums[lane] += term(static_cast<double>(values[i + lane]));
  }
  for (; i < count; ++i) sums[0] += term(static_cast<double>(values[i]));
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

// Returns false when a value is not finite.
bool StandardiseChannel(float* values, size_t count) {
  const double mean = Sum(values, count, [](double v) { return v; }) / static_cast<double>(count);
  const double squares = Sum(values, count, [mean](double v) { return (v - mean) * (v - mean); });
  // Sums of float32 values cannot overflow in float64: only a value that is not finite can spoil this.
  if (!std::isfinite(squares)) return false;
  const double deviation = count > 1 ? std::sqrt(squares / static_cast<double>(count - 1)) : 0;
  if (deviation <= kConstantShare * std::abs(mean)) {
    std::memset(values, 0, count * sizeof(float));
    return true;
  }
  const double scale = 1 / deviation;
  for (size_t i = 0; i < count; ++i) values[i] = static_cast<float>((values[i] - mean) * scale);
  return true;
}

// Cuts `border` cells off each side of every channel. In place: cells only move towards the front.
void Crop(int border, FeatureMap* map) {
  const int height = map->height - 2 * border;
  const int width = map->width - 2 * border;
  float* to = map->values.data();
  for (int channel = 0; channel < map->channels; ++channel) {
    const float* from = map->plane(channel) + static_cast<size_t>(border) * map->width + border;
    for (int row = 0; row < height; ++row, from += map->width, to += width) {
      std::memmove(to, from, width * sizeof(float));
    }
  }
  map->height = height;
  map->width = width;
  map->values.resize(map->channels * map->plane_size());
}

absl::Status CheckShape(const FeatureMap& map, const LayerShape& want, int border) {
  const int height = want.height + 2 * border;
  const int width = want.width + 2 * border;
  if (map.layer == want.layer && map.channels == want.channels && map.height == height &&
      map.width == width && map.values.size() == map.channels * map.plane_size()) {
    return absl::OkStatus();
  }
  return absl::InternalError(absl::StrFormat("layer %s is %dx%dx%d in %d values; it should be %s, %dx%dx%d",
                                             map.layer, map.channels, map.height, map.width,
                                             map.values.size(), want.layer, want.channels, height, width));
}

}  // namespace

absl::StatusOr<PictureFeatures> Standardise(const FeatureOptions& options, PictureFeatures features) {
  if (features.device != nullptr) return features;
  const int border = options.source == FeatureSource::kPixels ? 0 : kBorderCells;
  const std::vector<LayerShape> shapes = StandardisedShapes(options);
  if (features.maps.size() != shapes.size()) {
    return absl::InternalError(absl::StrFormat("the features have %d layers in the host's memory, not %d",
                                               features.maps.size(), shapes.size()));
  }
  for (size_t i = 0; i < shapes.size(); ++i) {
    FeatureMap& map = features.maps[i];
    if (absl::Status status = CheckShape(map, shapes[i], border); !status.ok()) return status;
    if (border > 0) Crop(border, &map);
    for (int channel = 0; channel < map.channels; ++channel) {
      if (!StandardiseChannel(map.plane(channel), map.plane_size())) {
        return absl::InternalError(
            absl::StrFormat("channel %d of layer %s holds a value that is not finite", channel, map.layer));
      }
    }
  }
  return features;
}

}  // namespace mlfsc
