// The inside of a TrainingRun.
#ifndef MLFSC_CORE_SERVING_TRAINING_WORKER_H_
#define MLFSC_CORE_SERVING_TRAINING_WORKER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/cancellation.h"
#include "core/base/clock.h"
#include "core/base/memory_budget.h"
#include "core/base/mutex.h"
#include "core/base/thread_pool.h"
#include "core/base/workers.h"
#include "core/serving/catalog.h"
#include "core/serving/feature_stage.h"
#include "core/serving/picture_bytes.h"
#include "core/serving/training_run.h"
#include "core/training/learner.h"
#include "core/training/picture_signature.h"
#include "core/training/trainer.h"

namespace mlfsc {

// What a run works with; all of it outlives the run's end.
struct TrainingPlace {
  Catalog* catalog = nullptr;
  FeatureStage* features = nullptr;
  Clock* clock = nullptr;
  // One thread: all that belongs to the run happens there, one thing after the other. Used by one run after
  // another.
  ThreadPool* thread = nullptr;
  // For the learning's loops.
  ThreadPool* learning = nullptr;
  PictureLimits picture_limits;
  FileDecoder* decoder = nullptr;
  MemoryBudget* memory = nullptr;
  TrainerOptions trainer;
  std::string program_version;
};

// One training. Pictures are decoded and given to the feature stage in the order they came, a few at a time,
// so that the stage always has the next one; the stage keeps the order within one sender, and so the trainer
// gets them in it. Thread-safe.
class TrainingWorker : public std::enable_shared_from_this<TrainingWorker> {
 public:
  // `ended` is called on the run's thread just before `events.done`.
  TrainingWorker(TrainingPlace place, TrainingRequest request, TrainingDesk::Events events,
                 std::function<void()> ended);

  // The functions of TrainingRun.
  void Start();
  void AddPicture(const PictureBytes& bytes, std::function<void()> next);
  void Finish();
  void Cancel();
  // Cancels unless Finish was called.
  void Abandon();

  // Returns when the run has ended and none of its pictures is in the feature stage any more: then nothing
  // reaches for its thread.
  void AwaitEnd();

 private:
  struct Picture;

  // Runs `task` on the run's thread, unless the run has ended.
  void Schedule(std::function<void()> task);
  void ScheduleLocked(std::function<void()> task) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool ended() const;
  // What learning runs on, until the run is cancelled.
  Workers workers() const { return {place_.learning, cancellation_.get()}; }

  // On the run's thread.
  void Begin();
  absl::StatusOr<std::unique_ptr<Learner>> MakeLearner();
  // Waits until there is memory for it.
  absl::StatusOr<Image> Decoded(const PictureBytes& picture, MemoryCharge* memory) const;
  void Compute(int64_t index, const Picture& picture);
  // Keeps what is odd about a picture; an empty `notice`: nothing is.
  void Note(int64_t index, const std::string& notice);
  void TakeFeatures(int64_t index, const PictureSignature& signature, absl::StatusOr<FeatureResult> result);
  void PictureIsThrough();
  void LearnWhenComplete();
  absl::StatusOr<TrainedVersion> Learn();
  bool Report(const TrainingProgress& progress);
  void End(absl::StatusOr<TrainedVersion> outcome);

  const TrainingPlace place_;
  const TrainingRequest request_;
  const std::shared_ptr<Cancellation> cancellation_ = std::make_shared<Cancellation>();

  // Of the run's thread.
  std::unique_ptr<Learner> learner_;
  // As asked for, or those of the version that is recalibrated.
  CategoryOptions options_;
  TrainingDesk::Events events_;
  std::function<void()> on_end_;
  // Whether there was such a category when the training began.
  bool known_at_start_ = false;
  int pictures_skipped_ = 0;
  std::vector<SkippedPicture> skipped_;
  // Of each picture that was added to the learner: its index among those that the client sent.
  std::vector<int64_t> sent_as_;
  std::vector<TrainingNotice> notices_;

  mutable Mutex mutex_;
  int64_t pictures_ ABSL_GUARDED_BY(mutex_) = 0;
  // Added and neither spooled nor skipped; of these, in the feature stage.
  int in_flight_ ABSL_GUARDED_BY(mutex_) = 0;
  int at_stage_ ABSL_GUARDED_BY(mutex_) = 0;
  // The client's, when it waits for room.
  std::function<void()> next_ ABSL_GUARDED_BY(mutex_);
  bool complete_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_SERVING_TRAINING_WORKER_H_
