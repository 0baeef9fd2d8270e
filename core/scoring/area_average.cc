#include "core/scoring/area_average.h"

#include <algorithm>

namespace mlfsc {

PatchGrid CoarsestGrid(const ResidualMaps& residuals) {
  PatchGrid coarsest;
  for (const ResidualMap& map : residuals) {
    if (coarsest.count() == 0 || map.grid.count() < coarsest.count()) coarsest = map.grid;
  }
  return coarsest;
}

AreaAverage::AreaAverage(const PatchGrid& from, const PatchGrid& to)
    : from_(from), rows_(MakeWindows(from.rows, to.rows)), columns_(MakeWindows(from.columns, to.columns)) {}

std::vector<AreaAverage::Window> AreaAverage::MakeWindows(int from, int to) {
  // In units of 1 / (from * to) of the side both kinds of cells have whole ends: a cell of `from` is `to`
  // long, a cell of `to` is `from` long.
  std::vector<Window> windows(to);
  for (int i = 0; i < to; ++i) {
    const int begin = i * from;
    const int end = begin + from;
    windows[i].first = begin / to;
    for (int k = windows[i].first; k * to < end; ++k) {
      const int shared = std::min(end, (k + 1) * to) - std::max(begin, k * to);
      windows[i].weights.push_back(static_cast<float>(shared) / from);
    }
  }
  return windows;
}

void AreaAverage::Apply(const float* from, float* to) const {
  std::vector<float> row(from_.columns);
  for (const Window& window : rows_) {
    std::fill(row.begin(), row.end(), 0.0f);
    for (size_t k = 0; k < window.weights.size(); ++k) {
      const float* source = from + (window.first + k) * from_.columns;
      for (int j = 0; j < from_.columns; ++j) row[j] += window.weights[k] * source[j];
    }
    for (const Window& column : columns_) {
      float sum = 0;
      for (size_t k = 0; k < column.weights.size(); ++k) sum += column.weights[k] * row[column.first + k];
      *to++ = sum;
    }
  }
}

}  // namespace mlfsc
