// SIGTERM and SIGINT: the first asks the server to end; the second, or time, ends it.
#ifndef MLFSC_SERVER_SIGNALS_H_
#define MLFSC_SERVER_SIGNALS_H_

#include <functional>
#include <thread>

#include "absl/time/time.h"
#include "core/base/mutex.h"

namespace mlfsc {

// Make one before any other thread: it blocks the signals for this thread and all that come from it, and
// waits for them on a thread of its own, where, unlike in a handler, everything may be called.
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  // Returns when the first signal has come. A second ends the process at once with exit code 1.
  void Wait();

  // From now on the process ends by itself, with exit code 0, once it has gone on for `limit` after the first
  // signal: whatever runs then and cannot be interrupted. `last_words`, which may be null, are called before,
  // on another thread; when they take half a second the process ends by SIGALRM. Nothing on disk is lost: a
  // version is published whole or not at all. An infinite `limit` takes it back, and waits for last words
  // that are being said.
  void EndWithin(absl::Duration limit, std::function<void()> last_words);

 private:
  void Listen();
  // Waits for the next signal, at most for a moment once the first has come; whether one came.
  static bool AwaitSignal(bool asked);
  // Ends the process when it was asked to and its time is up.
  void EndIfLate() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Mutex mutex_;
  bool asked_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Time asked_at_ ABSL_GUARDED_BY(mutex_);
  absl::Duration limit_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteDuration();
  std::function<void()> last_words_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace mlfsc

#endif  // MLFSC_SERVER_SIGNALS_H_
