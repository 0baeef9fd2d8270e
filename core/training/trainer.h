// From good pictures' features to a bundle.
//
// Features are computed once, by the caller, and spooled to a temporary file as they come; learning,
// statistics and calibration read them back picture by picture, so that memory does not grow with the number
// of pictures.
#ifndef MLFSC_CORE_TRAINING_TRAINER_H_
#define MLFSC_CORE_TRAINING_TRAINER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/thread_pool.h"
#include "core/bundle/bundle.h"
#include "core/features/feature_map.h"

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

struct TrainerOptions {
  // Where the spool file lives (unlinked at once: it goes with the process).
  std::string spool_folder = "/tmp";
  int64_t max_pictures = 10000;
};

// One training. Not thread-safe.
class Trainer {
 public:
  // InvalidArgument for options that cannot be used; ResourceExhausted or PermissionDenied when the spool
  // cannot be made.
  static absl::StatusOr<std::unique_ptr<Trainer>> Create(const CategoryOptions& options,
                                                         const TrainerOptions& trainer_options);
  ~Trainer();

  // Spools one picture's features, as the extractor gave them (not yet standardised). ResourceExhausted when
  // the disk is full, InvalidArgument beyond max_pictures.
  absl::Status AddPicture(PictureFeatures features);
  int64_t pictures() const;

  // Learns, gathers statistics, calibrates out of fold. `pool` may be null. `progress` is called on this
  // thread, after each picture or batch; when it returns false the training ends with Cancelled.
  // FailedPrecondition with fewer than 2 pictures. Provenance is filled in but for what the caller knows:
  // create_time, backbone_sha256, program_version. Deterministic.
  absl::StatusOr<Bundle> Finish(ThreadPool* pool,
                                const std::function<bool(const TrainingProgress&)>& progress);

 private:
  class Impl;
  explicit Trainer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_TRAINING_TRAINER_H_
