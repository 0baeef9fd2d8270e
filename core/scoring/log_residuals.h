// Residuals as whitening takes them.
#ifndef MLFSC_CORE_SCORING_LOG_RESIDUALS_H_
#define MLFSC_CORE_SCORING_LOG_RESIDUALS_H_

#include "core/base/workers.h"
#include "core/coding/dictionary.h"
#include "core/scoring/patch_vectors.h"

namespace mlfsc {

// log(1 + r) of one picture, layers area-averaged (core/scoring/area_average.h) onto the coarsest grid.
// Computed once a picture, used by the accumulator and by the scorer.
using LogResiduals = PatchVectors;

// Thread-safe. Throws WorkCancelled.
LogResiduals MakeLogResiduals(const ResidualMaps& residuals, Workers workers = {});

}  // namespace mlfsc

#endif  // MLFSC_CORE_SCORING_LOG_RESIDUALS_H_
