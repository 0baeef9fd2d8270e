#include "server/last_resort.h"

#include <cstdlib>

namespace mlfsc {

void LastResort::Arm(absl::Duration limit) {
  thread_ = std::thread([this, limit] {
    MutexLock lock(&mutex_);
    if (mutex_.AwaitWithTimeout([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return disarmed_; }, limit))
      return;
    logger_->Log(LogLevel::kError, "ended out of order",
                 {{"error", "something does not end: a disk that hangs, or a training"},
                  {"waited", absl::FormatDuration(limit)}});
    std::_Exit(EXIT_FAILURE);
  });
}

LastResort::~LastResort() {
  {
    MutexLock lock(&mutex_);
    disarmed_ = true;
    mutex_.SignalAll();
  }
  if (thread_.joinable()) thread_.join();
}

}  // namespace mlfsc
