// The batched forward pass that all categories and trainings share.
#ifndef MLFSC_CORE_SERVING_FEATURE_STAGE_H_
#define MLFSC_CORE_SERVING_FEATURE_STAGE_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/cancellation.h"
#include "core/base/clock.h"
#include "core/features/feature_extractor.h"
#include "core/serving/serving_observer.h"
#include "core/serving/turn_queue.h"

namespace mlfsc {

struct FeatureStageOptions {
  // Pictures in a batch. Larger batches use the machine better and make each of their pictures wait for the
  // others.
  int max_batch = 8;
  // How long the first picture of a batch waits for more, counted from its arrival, and only while the stage
  // is busy: an idle stage starts at once.
  absl::Duration max_batch_delay = absl::Milliseconds(5);
  // Scored pictures that may wait; one more is refused. Training pictures wait at their source.
  int queue_length = 64;
  // Share of batches that training gets when scoring would take all: one in `training_floor`, at least 2.
  int training_floor = 20;
};

struct FeatureRequest {
  // Whom the picture belongs to, for fairness among categories.
  std::string category;
  FeatureOptions options;
  InputPicture input;
  Lane lane = Lane::kScore;
  absl::Time deadline = absl::InfiniteFuture();
  std::shared_ptr<const Cancellation> cancellation;
};

struct FeatureResult {
  PictureFeatures features;
  absl::Duration queued;
  // Of the batch's forward pass.
  absl::Duration computed;
  int batch_size = 0;
};

// Thread-safe. Owns the thread that calls the extractor. A batch holds pictures of one FeatureOptions, of any
// category; a training's picture always rides alone, so that its features do not depend on the company
// (bundles are byte-identical), and gives way to scored ones between the pieces that the extractor cuts its
// pass into; there it also ends with Cancelled. Who waits how, and who is refused: BatchQueue, whose senders
// are the categories. The destructor finishes what is queued.
class FeatureStage {
 public:
  using Done = std::function<void(absl::StatusOr<FeatureResult>)>;

  // `extractor`, `clock` and `observer` outlive the stage. `on_thread_start` runs first on the stage's thread
  // (LibTorch's thread count is per calling thread).
  FeatureStage(const FeatureStageOptions& options, FeatureExtractor* extractor, Clock* clock,
               std::function<void()> on_thread_start = nullptr,
               ServingObserver* observer = ServingObserver::Null());
  ~FeatureStage();

  // Whether Submit would refuse a picture to be scored now, and with what: to be asked before work is put
  // into it. Counts as a drop when it would.
  absl::Status WouldRefuse(const std::string& category, const FeatureOptions& options, absl::Time deadline);

  // Calls `done` exactly once: on the stage's thread, or on the one of a Submit, of this picture (refused at
  // once) or of another that takes its place; call with no lock held that a `done` takes. While `done` runs
  // the stage stands still; it must not throw. ResourceExhausted with a RetryDelay, Cancelled,
  // DeadlineExceeded, Unavailable, or the extractor's error. Without memory for the picture's place Submit
  // throws, and `done` is not called.
  //
  // `pixels` need no backbone: their `done` is called at once, on this thread.
  void Submit(FeatureRequest request, Done done);

  // How its extractor computes.
  FeatureArithmetic arithmetic() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_SERVING_FEATURE_STAGE_H_
