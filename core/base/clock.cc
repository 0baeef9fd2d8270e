#include "core/base/clock.h"

#include <chrono>

#include "absl/time/clock.h"

namespace mlfsc {
namespace {

class RealClock : public Clock {
 public:
  absl::Time Now() override {
    const auto since_boot = std::chrono::steady_clock::now().time_since_epoch();
    return absl::UnixEpoch() + absl::FromChrono(since_boot);
  }
  absl::Time WallNow() override { return absl::Now(); }
  void WaitUntil(Mutex* mutex, absl::Time deadline) override ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    mutex->WaitWithTimeout(deadline - Now());
  }
};

}  // namespace

Clock* Clock::Real() {
  static RealClock clock;
  return &clock;
}

}  // namespace mlfsc
