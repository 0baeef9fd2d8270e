#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

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

// Channels of a task.
constexpr int kTaskChannels = 32;

// One loop over all layers: each start of the pool's threads costs as much as some channels.
absl::Status StandardiseChannels(std::vector<FeatureMap>* maps, Workers workers) {
  struct Task {
    size_t layer;
    int begin;
    int end;
  };
  std::vector<Task> tasks;
  for (size_t layer = 0; layer < maps->size(); ++layer) {
    const int channels = (*maps)[layer].channels;
    for (int begin = 0; begin < channels; begin += kTaskChannels) {
      tasks.push_back({layer, begin, std::min(begin + kTaskChannels, channels)});
    }
  }
  // Of each task the first channel that holds a value that is not finite; its end when none does.
  std::vector<int> first_bad(tasks.size());
  ParallelFor(workers, static_cast<int64_t>(tasks.size()), [&](int64_t i) {
    const Task& task = tasks[static_cast<size_t>(i)];
    FeatureMap& map = (*maps)[task.layer];
    int channel = task.begin;
    while (channel < task.end && StandardiseChannel(map.plane(channel), map.plane_size())) ++channel;
    first_bad[static_cast<size_t>(i)] = channel;
  });
  for (size_t i = 0; i < tasks.size(); ++i) {
    if (first_bad[i] == tasks[i].end) continue;
    return absl::InternalError(absl::StrFormat("channel %d of layer %s holds a value that is not finite",
                                               first_bad[i], (*maps)[tasks[i].layer].layer));
  }
  return absl::OkStatus();
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
                                            Workers workers) {
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
    ParallelFor(workers, static_cast<int64_t>(shapes.size()),
                [&](int64_t i) { Crop(border, &features.maps[static_cast<size_t>(i)]); });
  }
  if (absl::Status status = StandardiseChannels(&features.maps, workers); !status.ok()) return status;
  return features;
}

}  // namespace mlfsc
