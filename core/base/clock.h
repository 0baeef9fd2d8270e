// Time as something that is handed in, so that a test decides what time it is.
#ifndef MLFSC_CORE_BASE_CLOCK_H_
#define MLFSC_CORE_BASE_CLOCK_H_

#include "absl/time/time.h"
#include "core/base/mutex.h"

namespace mlfsc {

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;

  // Monotone: differences between two readings are what counts, not the date.
  virtual absl::Time Now() = 0;

  // The date, for provenance and logs.
  virtual absl::Time WallNow() = 0;

  // Waits on `mutex`, which the caller holds, until it is signalled or `deadline` of this clock has passed;
  // may return earlier. The caller looks at its condition and at Now() again.
  virtual void WaitUntil(Mutex* mutex, absl::Time deadline) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) = 0;

  // The machine's clock; lives for ever.
  static Clock* Real();
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_BASE_CLOCK_H_
