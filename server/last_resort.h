// Ends the process when its orderly end takes too long.
#ifndef MLFSC_SERVER_LAST_RESORT_H_
#define MLFSC_SERVER_LAST_RESORT_H_

#include <thread>

#include "absl/time/time.h"
#include "core/base/mutex.h"
#include "server/logger.h"

namespace mlfsc {

// A disk that hangs holds a thread in the kernel, which nothing in the process can end: then the process ends
// with exit code 1 and a line in the log. A published version is whole or not there, so that nothing is left
// to be tidied up. Thread-safe.
class LastResort {
 public:
  // `logger` outlives this.
  explicit LastResort(Logger* logger) : logger_(logger) {}
  // The orderly end: nothing happens from now on.
  ~LastResort();
  LastResort(const LastResort&) = delete;
  LastResort& operator=(const LastResort&) = delete;

  // Ends the process unless this has been destroyed within `limit`. To be called once.
  void Arm(absl::Duration limit);

 private:
  Logger* const logger_;
  Mutex mutex_;
  bool disarmed_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace mlfsc

#endif  // MLFSC_SERVER_LAST_RESORT_H_
