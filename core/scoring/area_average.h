// Patch maps of finer layers on the coarsest layer's grid.
#ifndef MLFSC_CORE_SCORING_AREA_AVERAGE_H_
#define MLFSC_CORE_SCORING_AREA_AVERAGE_H_

#include <vector>

#include "core/coding/dictionary.h"
#include "core/coding/patch_grid.h"

namespace mlfsc {

// The grid with the fewest patches: what maps of all layers are brought to.
PatchGrid CoarsestGrid(const ResidualMaps& residuals);

// Averages a map of one value a patch over area. Both grids tile the same square, `to` in fewer and larger
// cells; a patch counts in each cell of `to` with the area that its own cell shares with it. So every patch
// has the same say wherever it lies, and (with the default patches) lies within the coarse patch that it is
// counted in. Thread-safe.
class AreaAverage {
 public:
  // No side of `to` is longer than that of `from`.
  AreaAverage(const PatchGrid& from, const PatchGrid& to);

  // `from`: [from.rows, from.columns]; `to`: [to.rows, to.columns].
  void Apply(const float* from, float* to) const;

 private:
  // What one row (column) of `to` takes: weights of the rows (columns) of `from` that begin at `first`; their
  // sum is 1.
  struct Window {
    int first = 0;
    std::vector<float> weights;
  };
  static std::vector<Window> MakeWindows(int from, int to);

  const PatchGrid from_;
  const std::vector<Window> rows_;
  const std::vector<Window> columns_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_SCORING_AREA_AVERAGE_H_
