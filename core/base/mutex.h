// A lock that clang's thread-safety analysis and ThreadSanitizer both know, and whose waits do not hang on
// the date.
//
// The standard library's, not Abseil's: absl::CondVar waits until a date, so that on a machine whose clock is
// set back by a day a wait of a millisecond lasts a day; and Debian's Abseil is not built for
// ThreadSanitizer.
#ifndef MLFSC_CORE_BASE_MUTEX_H_
#define MLFSC_CORE_BASE_MUTEX_H_

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"

namespace mlfsc {

// A mutual-exclusion lock with condition waits. Exclusive only; not recursive.
class ABSL_LOCKABLE Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.lock(); }
  void Unlock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }

  // Waits, with the lock released, until `condition()` holds; then returns with the lock held. The condition
  // is looked at under the lock, by the waiting thread.
  template <typename Condition>
  void Await(const Condition& condition) ABSL_EXCLUSIVE_LOCKS_REQUIRED(this) {
    AwaitWithTimeout(condition, absl::InfiniteDuration());
  }

  // As Await, but gives up after `timeout`. Returns whether the condition holds.
  template <typename Condition>
  bool AwaitWithTimeout(const Condition& condition, absl::Duration timeout)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(this) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    // Not analysed inside: a condition names this mutex in its owner's words, which here nobody knows.
    const std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
    while (!condition()) {
      const absl::Duration waited = absl::FromChrono(std::chrono::steady_clock::now() - start);
      if (WaitWithTimeout(timeout - waited)) return condition();
    }
    return true;
  }

  // Waits, with the lock released, until somebody signals or `timeout` has passed, or for no reason at all;
  // returns whether the time has passed.
  bool WaitWithTimeout(absl::Duration timeout)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(this) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    std::unique_lock<std::mutex> lock(mutex_, std::adopt_lock);
    bool timed_out = false;
    if (timeout >= kForEver) {
      changed_.wait(lock);
    } else {
      const auto end = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(timeout);
      timed_out = changed_.wait_until(lock, end) == std::cv_status::timeout;
    }
    // The caller goes on holding it.
    lock.release();
    return timed_out;
  }

  // Wakes everyone that waits, to look again. Call it, under the lock, after each change a waiter
  // may wait for.
  void SignalAll() { changed_.notify_all(); }

 private:
  // More than any timeout, and still in the range of the standard library's clock.
  static constexpr absl::Duration kForEver = absl::Hours(24 * 365 * 100);

  std::mutex mutex_;
  std::condition_variable changed_;
};

// Holds a Mutex for the length of a scope.
class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  explicit MutexLock(Mutex* mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex) : mutex_(mutex) { mutex_->Lock(); }
  ~MutexLock() ABSL_UNLOCK_FUNCTION() { mutex_->Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex* const mutex_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_BASE_MUTEX_H_
