// A category's limits from the scores of its good pictures, copies counted once.
#ifndef MLFSC_CORE_TRAINING_CALIBRATE_GROUPS_H_
#define MLFSC_CORE_TRAINING_CALIBRATE_GROUPS_H_

#include <vector>

#include "absl/status/status.h"
#include "core/bundle/bundle.h"
#include "core/training/copies.h"

namespace mlfsc {

// FailedPrecondition when all pictures are copies of one, or there are fewer than 2.
absl::Status CheckIndependent(const CopyGroups& groups);

// FailedPrecondition when all scores are 0: nothing varies in the good pictures, and a category like that
// would find every picture good.
absl::Status CheckVariation(const std::vector<double>& scores);

// Sets both calibrations of `manifest`: from `scores`, and from `maxima` of the heatmaps, of the same
// pictures. FailedPrecondition as CheckIndependent and CheckVariation; else as Calibrate.
absl::Status CalibrateGroups(const std::vector<double>& scores, const std::vector<double>& maxima,
                             const CopyGroups& groups, double false_alarm_rate, Manifest* manifest);

}  // namespace mlfsc

#endif  // MLFSC_CORE_TRAINING_CALIBRATE_GROUPS_H_
