// absl::Mutex, known to ThreadSanitizer.
//
// Debian's Abseil is not built with ThreadSanitizer, which then sees neither that a lock was taken nor that
// it was left. Under -fsanitize=thread this wrapper tells it (sanitizer/tsan_interface.h); otherwise it is
// absl::Mutex and nothing more.
#ifndef MLFSC_CORE_BASE_MUTEX_H_
#define MLFSC_CORE_BASE_MUTEX_H_

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#define MLFSC_TSAN(call) call
#else
#define MLFSC_TSAN(call)
#endif

namespace mlfsc {

// A mutual-exclusion lock with condition waits. Exclusive only; not recursive.
class ABSL_LOCKABLE Mutex {
 public:
  Mutex() { MLFSC_TSAN(__tsan_mutex_create(this, 0)); }
  ~Mutex() { MLFSC_TSAN(__tsan_mutex_destroy(this, 0)); }
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() {
    MLFSC_TSAN(__tsan_mutex_pre_lock(this, 0));
    mutex_.Lock();
    MLFSC_TSAN(__tsan_mutex_post_lock(this, 0, 0));
  }
  void Unlock() ABSL_UNLOCK_FUNCTION() {
    MLFSC_TSAN(__tsan_mutex_pre_unlock(this, 0));
    mutex_.Unlock();
    MLFSC_TSAN(__tsan_mutex_post_unlock(this, 0));
  }

  // Waits, with the lock released, until `condition()` holds; then returns with the lock held. The condition
  // is looked at under the lock, by the waiting thread.
  template <typename Condition>
  void Await(const Condition& condition) ABSL_EXCLUSIVE_LOCKS_REQUIRED(this) {
    AwaitWithDeadline(condition, absl::InfiniteFuture());
  }

  // As Await, but gives up at `deadline` (of the real clock). Returns whether the condition holds.
  template <typename Condition>
  bool AwaitWithDeadline(const Condition& condition, absl::Time deadline)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(this) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    // Not analysed inside: a condition names this mutex in its owner's words, which here nobody knows.
    // A loop around a condition variable, not absl::Mutex::Await: that one looks at the condition in
    // whichever thread leaves the lock, out of ThreadSanitizer's sight.
    while (!condition()) {
      if (WaitWithDeadline(deadline)) return condition();
    }
    return true;
  }

  // Waits, with the lock released, until somebody signals or `deadline` (of the real clock) has passed, or
  // for no reason at all; returns whether the deadline has passed.
  bool WaitWithDeadline(absl::Time deadline) ABSL_EXCLUSIVE_LOCKS_REQUIRED(this) {
    MLFSC_TSAN(__tsan_mutex_pre_unlock(this, 0));
    MLFSC_TSAN(__tsan_mutex_post_unlock(this, 0));
    const bool timed_out = changed_.WaitWithDeadline(&mutex_, deadline);
    MLFSC_TSAN(__tsan_mutex_pre_lock(this, 0));
    MLFSC_TSAN(__tsan_mutex_post_lock(this, 0, 0));
    return timed_out;
  }

  // Wakes everyone that waits in Await, to look again. Call it, under the lock, after each change a waiter
  // may wait for.
  void SignalAll() { changed_.SignalAll(); }

 private:
  absl::Mutex mutex_;
  absl::CondVar changed_;
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

#undef MLFSC_TSAN
#endif  // MLFSC_CORE_BASE_MUTEX_H_
