#include "core/scoring/sum_scorer.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>
#include <vector>

#include "core/scoring/area_average.h"

namespace mlfsc {
namespace {

// The channels of a layer added up at each of its own patches.
std::vector<float> SumOverChannels(const ResidualMap& map) {
  std::vector<double> sums(map.grid.count());
  for (int channel = 0; channel < map.channels; ++channel) {
    const float* plane = map.plane(channel);
    for (size_t i = 0; i < sums.size(); ++i) sums[i] += plane[i];
  }
  return std::vector<float>(sums.begin(), sums.end());
}

}  // namespace

PictureScore SumScorer::Score(const ResidualMaps& residuals, const AppearanceVectors&,
                              Workers workers) const {
  PictureScore score;
  score.map.grid = CoarsestGrid(residuals);
  score.map.values.resize(score.map.grid.count());
  std::vector<float> largest;
  std::vector<float> averaged;
  for (const ResidualMap& map : residuals) {
    LayerScore layer;
    layer.layer = map.layer;
    layer.channels.reserve(map.channels);
    const size_t top = std::min(top_residuals_, map.grid.count());
    for (int channel = 0; channel < map.channels; ++channel) {
      workers.Check();
      largest.resize(top);
      std::partial_sort_copy(map.plane(channel), map.plane(channel) + map.grid.count(), largest.begin(),
                             largest.end(), std::greater<float>());
      layer.channels.push_back(std::accumulate(largest.begin(), largest.end(), 0.0));
      layer.score += layer.channels.back();
    }
    score.raw += layer.score;
    score.layers.push_back(std::move(layer));

    averaged.resize(score.map.values.size());
    AreaAverage(map.grid, score.map.grid).Apply(SumOverChannels(map).data(), averaged.data());
    for (size_t i = 0; i < averaged.size(); ++i) score.map.values[i] += averaged[i];
  }
  return score;
}

}  // namespace mlfsc
