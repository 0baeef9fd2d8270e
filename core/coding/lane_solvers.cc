#include "core/coding/lane_solvers.h"

#include <algorithm>
#include <iterator>

namespace mlfsc {
namespace {

// The sizes that the solvers are compiled for.
constexpr int kRowCounts[] = {5, 8, 10, 12, kMaxLaneAtoms};

int RowsFor(int num_atoms) {
  return *std::lower_bound(std::begin(kRowCounts), std::prev(std::end(kRowCounts)), num_atoms);
}

}  // namespace

LaneGram::LaneGram(const std::vector<double>& gram, int atoms)
    : num_atoms(atoms),
      rows(RowsFor(atoms)),
      values(static_cast<size_t>(rows) * rows),
      inverse_diagonal(rows) {
  for (int k = 0; k < atoms; ++k) {
    for (int j = 0; j < atoms; ++j) {
      values[k * rows + j] = static_cast<float>(gram[static_cast<size_t>(k) * atoms + j]);
    }
    const float own = values[k * rows + k];
    inverse_diagonal[k] = own > 0 ? 1 / own : 0;
  }
}

}  // namespace mlfsc
