#include "core/scoring/log_residuals.h"

#include <algorithm>

#include "core/scoring/area_average.h"
#include "core/scoring/log1p.h"

namespace mlfsc {

namespace {

// Channels of a task.
constexpr int kTaskChannels = 64;

}  // namespace

LogResiduals MakeLogResiduals(const ResidualMaps& residuals, Workers workers) {
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

  // One loop over all layers: each start of the pool's threads costs as much as some channels.
  struct Task {
    const ResidualMap* map;
    int begin;
    int end;
    float* values;
  };
  std::vector<Task> tasks;
  float* values = logs.values.data();
  for (const ResidualMap& map : residuals) {
    for (int begin = 0; begin < map.channels; begin += kTaskChannels) {
      const int end = std::min(begin + kTaskChannels, map.channels);
      tasks.push_back({&map, begin, end, values});
      values += (end - begin) * patches;
    }
  }
  ParallelFor(workers, static_cast<int64_t>(tasks.size()), [&](int64_t i) {
    const Task& task = tasks[static_cast<size_t>(i)];
    const size_t size = task.map->grid.count();
    if (task.map->grid == logs.grid) {
      return Log1p({task.map->plane(task.begin), (task.end - task.begin) * size}, task.values);
    }
    const AreaAverage average(task.map->grid, logs.grid);
    std::vector<float> fine(size);
    for (int channel = task.begin; channel < task.end; ++channel) {
      Log1p({task.map->plane(channel), size}, fine.data());
      average.Apply(fine.data(), task.values + (channel - task.begin) * patches);
    }
  });
  return logs;
}

}  // namespace mlfsc
