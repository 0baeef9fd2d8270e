#include "core/scoring/log_residuals.h"

#include <algorithm>

#include "core/scoring/area_average.h"
#include "core/scoring/log1p.h"

namespace mlfsc {

namespace {

// Channels of a task.
constexpr int kChannels = 64;

}  // namespace

LogResiduals MakeLogResiduals(const ResidualMaps& residuals, ThreadPool* pool) {
  LogResiduals logs;
  logs.grid = CoarsestGrid(residuals);
  const size_t patches = logs.grid.count();
  size_t channels = 0;
  for (const ResidualMap& map : residuals) {
    logs.layers.push_back(map.layer);
    logs.layer_channels.push_back(map.channels);
    channels += map.channels;
  }
  logs.values.resize(channels * patches);

  float* values = logs.values.data();
  for (const ResidualMap& map : residuals) {
    const AreaAverage average(map.grid, logs.grid);
    const size_t size = map.grid.count();
    ParallelFor(pool, (map.channels + kChannels - 1) / kChannels, [&](int64_t task) {
      const auto begin = static_cast<int>(task) * kChannels;
      const int end = std::min(begin + kChannels, map.channels);
      float* to = values + begin * patches;
      if (map.grid == logs.grid) return Log1p({map.plane(begin), (end - begin) * size}, to);
      std::vector<float> fine(size);
      for (int channel = begin; channel < end; ++channel, to += patches) {
        Log1p({map.plane(channel), size}, fine.data());
        average.Apply(fine.data(), to);
      }
    });
    values += map.channels * patches;
  }
  return logs;
}

}  // namespace mlfsc
