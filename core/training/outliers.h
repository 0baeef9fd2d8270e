// Training pictures that are no good ones.
#ifndef MLFSC_CORE_TRAINING_OUTLIERS_H_
#define MLFSC_CORE_TRAINING_OUTLIERS_H_

#include <vector>

#include "absl/types/span.h"
#include "core/training/copies.h"
#include "core/training/findings.h"
#include "core/training/picture_signature.h"

namespace mlfsc {

// Names the pictures that show nothing while others do (a contrast below 2 grey levels and an eighth of the
// median picture's: no flash, a lens cap), and those whose score no good picture has: above the limit that
// the others' scores give for one in 10,000 sets. What is named is not among the others, so one does not hide
// the next. By picture; nothing is named when fewer than 3 independent pictures are left to compare with.
//
// `scores`: out of fold. `signatures`: of the same pictures, or empty. `false_alarm_rate`: of the limit that
// the reason states.
std::vector<Outlier> FindOutliers(const std::vector<double>& scores, const CopyGroups& groups,
                                  absl::Span<const PictureSignature> signatures, double false_alarm_rate);

}  // namespace mlfsc

#endif  // MLFSC_CORE_TRAINING_OUTLIERS_H_
