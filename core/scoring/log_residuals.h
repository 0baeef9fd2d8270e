// Residuals as whitening takes them.
#ifndef MLFSC_CORE_SCORING_LOG_RESIDUALS_H_
#define MLFSC_CORE_SCORING_LOG_RESIDUALS_H_

#include <string>
#include <vector>

#include "core/base/thread_pool.h"
#include "core/coding/dictionary.h"
#include "core/coding/patch_grid.h"

namespace mlfsc {

// log(1 + r) of one picture, layers area-averaged (core/scoring/area_average.h) onto the coarsest grid.
// Computed once a picture, used by the accumulator and by the scorer.
struct LogResiduals {
  PatchGrid grid;
  // Deepest first.
  std::vector<std::string> layers;
  std::vector<int> layer_channels;
  // [C, grid.count()], row-major; C is the sum of layer_channels.
  std::vector<float> values;
};

// `pool` may be null. Thread-safe.
LogResiduals MakeLogResiduals(const ResidualMaps& residuals, ThreadPool* pool = nullptr);

}  // namespace mlfsc

#endif  // MLFSC_CORE_SCORING_LOG_RESIDUALS_H_
