// Why a picture leaves a queue without being worked on, and the error its sender gets.
#ifndef MLFSC_CORE_SERVING_DROP_H_
#define MLFSC_CORE_SERVING_DROP_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace mlfsc {

enum class DropReason {
  // The queue was full.
  kFull,
  // The queue was full, its category had most places in it, and another category needed one.
  kDisplaced,
  // The expected wait was longer than the time left until the deadline.
  kTooLate,
  // The deadline passed.
  kExpired,
  kCancelled,
  // The queue takes nothing any more.
  kClosed,
  // The memory budget had no room for it.
  kMemory,
};
inline constexpr int kDropReasons = 7;

// For a metric's label: "full", "displaced", "too_late", "expired", "cancelled", "closed", "memory".
absl::string_view DropReasonName(DropReason reason);

struct Drop {
  DropReason reason = DropReason::kFull;
  // Items in the queue, and how many it takes.
  int waiting = 0;
  int capacity = 0;
  // Since the item came.
  absl::Duration waited;
  // How long an item that came now would wait; zero while nothing has been measured.
  absl::Duration expected_wait;
  // Until the item's deadline.
  absl::Duration left;
};

// ResourceExhausted with a RetryDelay hint for kFull, kDisplaced and kTooLate; DeadlineExceeded, Cancelled or
// Unavailable for the others. `stage` names the queue: "decode".
// Does not throw: without memory for words the status has its code alone.
absl::Status DropStatus(const Drop& drop, absl::string_view stage);

}  // namespace mlfsc

#endif  // MLFSC_CORE_SERVING_DROP_H_
