// The passes over spooled pictures that make a bundle: learning, statistics, calibration.
#ifndef MLFSC_CORE_TRAINING_MAKE_BUNDLE_H_
#define MLFSC_CORE_TRAINING_MAKE_BUNDLE_H_

#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/workers.h"
#include "core/bundle/bundle.h"
#include "core/bundle/category_options.h"
#include "core/training/appearance_learner.h"
#include "core/training/copies.h"
#include "core/training/learning.h"
#include "core/training/spool_place.h"
#include "core/training/trainer.h"

namespace mlfsc {

// `features`: standardised, of at least 2 pictures; `appearance`: of the same, null unless the score is
// kFused. `groups`: which of them are copies. `spool_place`: for the residuals. `scores`: receives each
// picture's, out of fold. The rest as Trainer::Finish.
absl::StatusOr<Bundle> MakeBundle(const CategoryOptions& options, const FeatureSpool& features,
                                  const AppearanceSpool* appearance, const CopyGroups& groups,
                                  const SpoolPlace& spool_place, Workers workers,
                                  const std::function<bool(const TrainingProgress&)>& progress,
                                  std::vector<double>* scores);

}  // namespace mlfsc

#endif  // MLFSC_CORE_TRAINING_MAKE_BUNDLE_H_
