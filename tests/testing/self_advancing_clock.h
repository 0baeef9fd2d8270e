// A clock on which every wait is over at once.
#ifndef MLFSC_TESTS_TESTING_SELF_ADVANCING_CLOCK_H_
#define MLFSC_TESTS_TESTING_SELF_ADVANCING_CLOCK_H_

#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/mutex.h"

namespace mlfsc::testing {

// Whoever waits moves the clock to the end of the wait: for code that sleeps on its own thread and waits for
// nobody. Thread-safe.
class SelfAdvancingClock : public Clock {
 public:
  absl::Time Now() override {
    MutexLock lock(&mutex_);
    return now_;
  }
  absl::Time WallNow() override { return Now(); }

  void WaitUntil(Mutex*, absl::Time deadline) override {
    MutexLock lock(&mutex_);
    if (deadline > now_) now_ = deadline;
  }

  void Advance(absl::Duration by) {
    MutexLock lock(&mutex_);
    now_ += by;
  }

 private:
  Mutex mutex_;
  absl::Time now_ ABSL_GUARDED_BY(mutex_) = absl::UnixEpoch() + absl::Hours(24);
};

}  // namespace mlfsc::testing

#endif  // MLFSC_TESTS_TESTING_SELF_ADVANCING_CLOCK_H_
