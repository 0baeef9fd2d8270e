// SIGTERM and SIGINT: the first asks the server to end, the second ends it.
#ifndef MLFSC_SERVER_SIGNALS_H_
#define MLFSC_SERVER_SIGNALS_H_

#include <thread>

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

 private:
  void Listen();

  Mutex mutex_;
  bool asked_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace mlfsc

#endif  // MLFSC_SERVER_SIGNALS_H_
