// What an error says about trying again: a delay that travels with an absl::Status.
#ifndef MLFSC_CORE_BASE_RETRY_HINT_H_
#define MLFSC_CORE_BASE_RETRY_HINT_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace mlfsc {

// `error`, with the word that the same request may be sent again, not earlier than after `delay` (at least
// 0). For what goes away by itself: a full queue, too many trainings, a deadline that could not be met. An
// error without a hint is not worth a retry.
absl::Status WithRetryDelay(absl::Status error, absl::Duration delay);

// The hint, if `status` has one.
std::optional<absl::Duration> RetryDelay(const absl::Status& status);

}  // namespace mlfsc

#endif  // MLFSC_CORE_BASE_RETRY_HINT_H_
