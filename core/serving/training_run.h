// A training that is fed over the network: decode, features in the room that scoring leaves, then learning on
// a thread of its own at low priority, then publication.
#ifndef MLFSC_CORE_SERVING_TRAINING_RUN_H_
#define MLFSC_CORE_SERVING_TRAINING_RUN_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/clock.h"
#include "core/base/memory_budget.h"
#include "core/bundle/bundle_store.h"
#include "core/image/decode.h"
#include "core/serving/catalog.h"
#include "core/serving/feature_stage.h"
#include "core/serving/picture_bytes.h"
#include "core/training/findings.h"
#include "core/training/trainer.h"

namespace mlfsc {

// Added to the niceness of everything a training runs on: about a tenth of a core that others want as well.
inline constexpr int kTrainingNiceness = 10;

struct TrainingLimits {
  PictureLimits pictures;
  // As Decode (picture_bytes.h) takes it; outlives the desk.
  FileDecoder* decoder = nullptr;
  // What pictures are charged to while they are decoded; outlives the desk. Null for no limit.
  MemoryBudget* memory = nullptr;
  // Trainings at once; the next is refused with ResourceExhausted.
  int max_trainings = 1;
  // Of each training, at low priority. At least 1.
  int learning_threads = 1;
  TrainerOptions trainer;
};

struct TrainingRequest {
  std::string category;
  CategoryOptions options;
  bool skip_bad_pictures = false;
  OutlierAction outliers = OutlierAction::kWarn;
  bool activate = true;
  // 0 = unknown.
  int64_t expected_pictures = 0;
  // Set: nothing is learnt. The limits of this version (0 = the active one) are calibrated anew, and
  // `options` are the version's own.
  std::optional<int64_t> recalibrated_version;
};

// A PictureNotice, and where it was seen.
struct TrainingNotice {
  std::string text;
  // The first, in order of arrival from 0.
  int64_t picture = 0;
  int64_t pictures = 0;
};

// A picture that could not be decoded, numbered as the client sent it.
struct SkippedPicture {
  int64_t picture = 0;
  std::string error;
};

struct TrainedVersion {
  int64_t version = 0;
  Manifest manifest;
  int pictures_skipped = 0;
  // Outliers are numbered as the client sent the pictures, those that were skipped counted.
  TrainingFindings findings;
  // What is odd about pictures without being an error.
  std::vector<TrainingNotice> picture_notices;
  // The first hundred of them.
  std::vector<SkippedPicture> skipped;
};

// One training's side towards its client. Thread-safe; does nothing once the run has ended. Dropping the last
// reference before Finish cancels it.
class TrainingRun {
 public:
  virtual ~TrainingRun() = default;

  // Takes the next picture; `bytes` are copied before this returns. `next` is called once, when there is room
  // for another (perhaps on this thread, never after `done`): the caller reads its next message only then. A
  // bad picture ends the run, or is counted, as asked for.
  virtual void AddPicture(const PictureBytes& bytes, std::function<void()> next) = 0;

  // All pictures are in: learn, calibrate, publish.
  virtual void Finish() = 0;

  // Ends the run; nothing is left behind. `done` is called with Cancelled, unless it was called before or the
  // version is already being written: then it is called with that.
  virtual void Cancel() = 0;
};

// Starts trainings and keeps count of them. Thread-safe. The destructor cancels what runs and waits for it.
class TrainingDesk {
 public:
  // Both are called on the run's own thread, which waits for them.
  struct Events {
    // Never after `done`.
    std::function<void(const TrainingProgress&)> progress;
    // Once. Another training may start by then.
    std::function<void(absl::StatusOr<TrainedVersion>)> done;
  };

  // All pointers outlive the desk. `program_version` goes into provenance.
  TrainingDesk(const TrainingLimits& limits, Catalog* catalog, FeatureStage* features, Clock* clock,
               std::string program_version);
  ~TrainingDesk();

  // What Catalog::CheckPublish says; InvalidArgument for options that cannot be used, AlreadyExists while the
  // same category trains, ResourceExhausted with a RetryDelay when max_trainings run, Unavailable once
  // Shutdown was called. When it fails, no event is called.
  absl::StatusOr<std::shared_ptr<TrainingRun>> Start(const TrainingRequest& request, Events events);

  // No new trainings; those that run go on until CancelAll.
  void Shutdown();
  void CancelAll();
  int running() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_SERVING_TRAINING_RUN_H_
