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

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/workers.h"
#include "core/bundle/bundle.h"
#include "core/features/feature_map.h"
#include "core/training/learner.h"
#include "core/training/spool_place.h"

namespace mlfsc {

struct TrainerOptions {
  // Where the spool files live (unlinked at once: they go with the process).
  SpoolPlace spool;
  int64_t max_pictures = 10000;
  // Room for so many is asked for at the start; 0 = unknown.
  int64_t expected_pictures = 0;
  // kDrop: whatever is named, the work begins anew without it, until nothing is named any more, three times
  // at most. The bundle is that of a training which never had these pictures.
  OutlierAction outliers = OutlierAction::kWarn;
};

// One training. Not thread-safe.
class Trainer : public Learner {
 public:
  // InvalidArgument for options that cannot be used or cost too much (CheckTrainingCost); ResourceExhausted
  // when the expected pictures have no room (SpoolSizeOf), or as Spool when a file cannot be made.
  static absl::StatusOr<std::unique_ptr<Trainer>> Create(const CategoryOptions& options,
                                                         const TrainerOptions& trainer_options);
  ~Trainer() override;

  // Spools the features. ResourceExhausted when the disk is full or has no room for what will come of these
  // pictures, InvalidArgument beyond max_pictures.
  absl::Status AddPicture(PictureFeatures features, const PictureSignature* signature) override;
  using Learner::AddPicture;
  int64_t pictures() const override;

  // Learns, gathers statistics, calibrates out of fold. `progress` is called after each picture or batch.
  // Provenance is filled in but for what the caller knows: create_time, backbone_sha256, program_version.
  absl::StatusOr<Bundle> Finish(Workers workers,
                                const std::function<bool(const TrainingProgress&)>& progress) override;
  const TrainingFindings& findings() const override;

 private:
  class Impl;
  explicit Trainer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_TRAINING_TRAINER_H_
