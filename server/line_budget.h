// How many lines a second a log takes.
#ifndef MLFSC_SERVER_LINE_BUDGET_H_
#define MLFSC_SERVER_LINE_BUDGET_H_

#include <cstdint>

#include "absl/time/time.h"
#include "core/base/mutex.h"

namespace mlfsc {

// Grants so many lines a second on the average, and a second's worth at once after a quiet second; counts
// what it refuses, so that the log can say what it does not show. Thread-safe.
class LineBudget {
 public:
  struct Answer {
    bool granted = false;
    // To be said before a line that is granted, when not 0: lines refused since this was last said, at most
    // once a second.
    int64_t refused_before = 0;
  };

  // `per_second`: 0 grants everything.
  explicit LineBudget(int per_second) : per_second_(per_second), left_(per_second) {}

  // `now`: of a monotone clock.
  Answer Ask(absl::Time now);

  // Lines refused that no answer has told of yet.
  int64_t TakeRefused();

 private:
  const int per_second_;
  Mutex mutex_;
  // Lines that may be written at `asked_`; not whole while they accrue.
  double left_ ABSL_GUARDED_BY(mutex_);
  absl::Time asked_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  int64_t refused_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Time told_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace mlfsc

#endif  // MLFSC_SERVER_LINE_BUDGET_H_
