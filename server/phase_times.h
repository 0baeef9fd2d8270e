// How long a training was in each of its phases.
#ifndef MLFSC_SERVER_PHASE_TIMES_H_
#define MLFSC_SERVER_PHASE_TIMES_H_

#include <map>
#include <vector>

#include "absl/time/time.h"
#include "core/training/learner.h"
#include "server/logger.h"

namespace mlfsc {

// A training tells what it has done: the time since its last word goes to the phase of this one. Not
// thread-safe.
class PhaseTimes {
 public:
  explicit PhaseTimes(absl::Time start) : last_word_(start) {}

  void Hear(TrainingPhase phase, absl::Time now);

  // For the log, "features_ms" and the like, in the order of the work; phases that were not heard of are left
  // out. The time since the last word goes to its phase.
  std::vector<LogField> Fields(absl::Time end) const;

 private:
  absl::Time last_word_;
  TrainingPhase phase_ = TrainingPhase::kWaiting;
  std::map<TrainingPhase, absl::Duration> times_;
};

}  // namespace mlfsc

#endif  // MLFSC_SERVER_PHASE_TIMES_H_
