#include "core/scoring/log_residuals.h"

#include "core/scoring/area_average.h"
#include "core/scoring/log1p.h"

namespace mlfsc {

LogResiduals MakeLogResiduals(const ResidualMaps& residuals) {
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
  std::vector<float> fine;
  for (const ResidualMap& map : residuals) {
    if (map.grid == logs.grid) {
      Log1p(map.values, values);
      values += map.values.size();
      continue;
    }
    const AreaAverage average(map.grid, logs.grid);
    fine.resize(map.grid.count());
    for (int channel = 0; channel < map.channels; ++channel, values += patches) {
      Log1p({map.plane(channel), fine.size()}, fine.data());
      average.Apply(fine.data(), values);
    }
  }
  return logs;
}

}  // namespace mlfsc
