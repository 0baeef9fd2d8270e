// How long a training will still take.
#ifndef MLFSC_SERVER_TIME_LEFT_H_
#define MLFSC_SERVER_TIME_LEFT_H_

#include <optional>

#include "absl/time/time.h"
#include "core/training/trainer.h"

namespace mlfsc {

// Takes each phase to have a fixed share of the whole (features by far the largest) and the whole to go on at
// the pace so far. Not thread-safe.
class TimeLeft {
 public:
  // Nothing while the total is unknown or less than a fiftieth of the work is done: too little to tell a pace
  // from. The clock starts at the first call in the features phase.
  std::optional<absl::Duration> Estimate(const TrainingProgress& progress, absl::Time now);

 private:
  std::optional<absl::Time> start_;
};

}  // namespace mlfsc

#endif  // MLFSC_SERVER_TIME_LEFT_H_
