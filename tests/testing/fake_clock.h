// A clock that stands until a test moves it.
#ifndef MLFSC_TESTS_TESTING_FAKE_CLOCK_H_
#define MLFSC_TESTS_TESTING_FAKE_CLOCK_H_

#include <map>

#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/mutex.h"

namespace mlfsc::testing {

// Thread-safe. Outlives whoever waits by it.
class FakeClock : public Clock {
 public:
  absl::Time Now() override {
    MutexLock lock(&mutex_);
    return now_;
  }
  absl::Time WallNow() override { return Now(); }

  // Waits for a signal on `mutex`, and for Advance, which signals every mutex that somebody waits on.
  void WaitUntil(Mutex* mutex, absl::Time deadline) override ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    {
      MutexLock lock(&mutex_);
      if (now_ >= deadline) return;
      ++waiters_[mutex];
      ++waits_;
      mutex_.SignalAll();
    }
    mutex->WaitWithTimeout(absl::InfiniteDuration());
    MutexLock lock(&mutex_);
    if (--waiters_[mutex] == 0) waiters_.erase(mutex);
  }

  // Not to be called with a lock held that somebody waits on.
  void Advance(absl::Duration by) {
    std::map<Mutex*, int> waiters;
    {
      MutexLock lock(&mutex_);
      now_ += by;
      waiters = waiters_;
    }
    for (const auto& [mutex, count] : waiters) {
      MutexLock lock(mutex);
      mutex->SignalAll();
    }
  }

  // Returns once `count` threads wait in WaitUntil: they have seen the time as it is.
  void AwaitWaiters(int count) {
    MutexLock lock(&mutex_);
    mutex_.Await([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      int waiting = 0;
      for (const auto& [mutex, waiters] : waiters_) waiting += waiters;
      return waiting >= count;
    });
  }

  // Returns once threads have begun to wait in WaitUntil `count` times, all in all: a thread that was woken
  // and waits again has looked and found nothing to do.
  void AwaitWaits(int count) {
    MutexLock lock(&mutex_);
    mutex_.Await([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return waits_ >= count; });
  }

 private:
  Mutex mutex_;
  absl::Time now_ ABSL_GUARDED_BY(mutex_) = absl::UnixEpoch() + absl::Hours(24);
  std::map<Mutex*, int> waiters_ ABSL_GUARDED_BY(mutex_);
  int waits_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace mlfsc::testing

#endif  // MLFSC_TESTS_TESTING_FAKE_CLOCK_H_
