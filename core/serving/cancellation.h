// A request's way to say that nobody waits for it any more.
#ifndef MLFSC_CORE_SERVING_CANCELLATION_H_
#define MLFSC_CORE_SERVING_CANCELLATION_H_

#include <atomic>

namespace mlfsc {

// Shared by a request and whoever may cancel it. Thread-safe.
class Cancellation {
 public:
  void Cancel() { cancelled_.store(true, std::memory_order_relaxed); }
  bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> cancelled_{false};
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_SERVING_CANCELLATION_H_
