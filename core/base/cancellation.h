// A way to say that nobody waits for some work any more.
#ifndef MLFSC_CORE_BASE_CANCELLATION_H_
#define MLFSC_CORE_BASE_CANCELLATION_H_

#include <atomic>
#include <exception>

namespace mlfsc {

// What work throws when it is cancelled; Contained makes it Cancelled.
class WorkCancelled : public std::exception {
 public:
  const char* what() const noexcept override { return "cancelled"; }
};

// Shared by a request and whoever may cancel it. Thread-safe.
class Cancellation {
 public:
  void Cancel() { cancelled_.store(true, std::memory_order_relaxed); }
  bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> cancelled_{false};
};

// Throws WorkCancelled once `cancellation`, which may be null, says so: for loops that take long.
inline void CheckCancelled(const Cancellation* cancellation) {
  if (cancellation != nullptr && cancellation->cancelled()) throw WorkCancelled();
}

}  // namespace mlfsc

#endif  // MLFSC_CORE_BASE_CANCELLATION_H_
