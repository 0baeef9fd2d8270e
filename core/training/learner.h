// Good pictures in, a bundle out.
#ifndef MLFSC_CORE_TRAINING_LEARNER_H_
#define MLFSC_CORE_TRAINING_LEARNER_H_

#include <cstdint>
#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/workers.h"
#include "core/bundle/bundle.h"
#include "core/features/feature_map.h"
#include "core/training/findings.h"
#include "core/training/picture_signature.h"

namespace mlfsc {

enum class TrainingPhase { kWaiting, kFeatures, kLearning, kStatistics, kCalibration, kPublishing };

struct TrainingProgress {
  TrainingPhase phase = TrainingPhase::kWaiting;
  // Pictures (of kLearning: times epochs) done in this phase, of how many; 0 = unknown.
  int64_t pictures_done = 0;
  int64_t pictures_total = 0;
  // Of kLearning: mean objective of the last mini-batch.
  double objective = 0;
};

// Takes pictures, then makes a bundle of them, once. Not thread-safe.
class Learner {
 public:
  virtual ~Learner() = default;

  // One picture's features, as the extractor gave them (not yet standardised), in host memory, and the
  // signature of its input. InvalidArgument when there are more than may be. Without a signature for each of
  // them pictures are taken to be independent.
  virtual absl::Status AddPicture(PictureFeatures features, const PictureSignature* signature) = 0;
  absl::Status AddPicture(PictureFeatures features) { return AddPicture(std::move(features), nullptr); }
  virtual int64_t pictures() const = 0;

  // `progress`, which may be null, is called on this thread; when it returns false, or `workers` are
  // cancelled meanwhile, the work ends with Cancelled. FailedPrecondition with fewer than 2 independent
  // pictures, or when their scores are all 0. Deterministic.
  virtual absl::StatusOr<Bundle> Finish(Workers workers,
                                        const std::function<bool(const TrainingProgress&)>& progress) = 0;

  // What Finish noticed. Outliers are numbered as the pictures were added.
  virtual const TrainingFindings& findings() const = 0;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_TRAINING_LEARNER_H_
