#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "core/features/feature_extractor.h"
#include "core/features/standardise_channel.h"

namespace mlfsc {
namespace {

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

// The first channel that holds a value that is not finite; as many as there are when none does.
int StandardiseChannels(FeatureMap* map, ThreadPool* pool) {
  std::atomic<int> first_bad{map->channels};
  const auto standardise = [&](int64_t index) {
    const int channel = static_cast<int>(index);
    if (StandardiseChannel(map->plane(channel), map->plane_size())) return;
    int bad = first_bad.load();
    while (channel < bad && !first_bad.compare_exchange_weak(bad, channel)) {
    }
  };
  ParallelFor(pool, map->channels, standardise);
  return first_bad;
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

absl::StatusOr<PictureFeatures> Standardise(const FeatureOptions& options, PictureFeatures features,
                                            ThreadPool* pool) {
  if (features.device != nullptr) return features;
  const int border = options.source == FeatureSource::kPixels ? 0 : kBorderCells;
  const std::vector<LayerShape> shapes = StandardisedShapes(options);
  if (features.maps.size() != shapes.size()) {
    return absl::InternalError(absl::StrFormat("the features have %d layers in the host's memory, not %d",
                                               features.maps.size(), shapes.size()));
  }
  for (size_t i = 0; i < shapes.size(); ++i) {
    if (absl::Status status = CheckShape(features.maps[i], shapes[i], border); !status.ok()) return status;
  }
  if (border > 0) {
    ParallelFor(pool, static_cast<int64_t>(shapes.size()),
                [&](int64_t i) { Crop(border, &features.maps[static_cast<size_t>(i)]); });
  }
  for (FeatureMap& map : features.maps) {
    const int channel = StandardiseChannels(&map, pool);
    if (channel < map.channels) {
      return absl::InternalError(
          absl::StrFormat("channel %d of layer %s holds a value that is not finite", channel, map.layer));
    }
  }
  return features;
}

}  // namespace mlfsc
