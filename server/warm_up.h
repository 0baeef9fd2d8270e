// The first passes of a backbone are slow; they are not for a client to wait for.
#ifndef MLFSC_SERVER_WARM_UP_H_
#define MLFSC_SERVER_WARM_UP_H_

#include <vector>

#include "absl/status/status.h"
#include "core/base/mutex.h"
#include "core/features/feature_extractor.h"
#include "core/serving/feature_stage.h"

namespace mlfsc {

// Grey pictures in every shape that requests can bring: each input size, pyramid and single_pass, each batch
// size that goes through the backbone at once.
class WarmUp {
 public:
  // `max_batch`: the stage's. `extractor` outlives the object.
  WarmUp(std::vector<int> input_sizes, int max_batch, FeatureExtractor* extractor);

  // All shapes, on the calling thread: the feature stage's own, before its first picture, because LibTorch
  // keeps much of what it sets up for each thread.
  void Run();

  // Waits for Run, then sends one picture of each input size through `stage`, which learns from it how long a
  // pass takes. Returns the first error.
  absl::Status Finish(FeatureStage* stage);

 private:
  absl::Status AllShapes();

  const std::vector<int> input_sizes_;
  const int max_batch_;
  FeatureExtractor* const extractor_;
  Mutex mutex_;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlfsc

#endif  // MLFSC_SERVER_WARM_UP_H_
