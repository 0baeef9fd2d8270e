#include "core/serving/drop.h"

#include <algorithm>
#include <new>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/base/retry_hint.h"

namespace mlfsc {
namespace {

// A hint outside of these helps nobody: sooner and the queue is still full, later and it has long been empty.
constexpr absl::Duration kSoonestRetry = absl::Milliseconds(20);
constexpr absl::Duration kLatestRetry = absl::Seconds(10);

absl::Status Refused(const Drop& drop, const std::string& message) {
  return WithRetryDelay(absl::ResourceExhaustedError(message),
                        std::clamp(drop.expected_wait, kSoonestRetry, kLatestRetry));
}

absl::StatusCode CodeOf(DropReason reason) {
  switch (reason) {
    case DropReason::kFull:
    case DropReason::kDisplaced:
    case DropReason::kTooLate:
    case DropReason::kMemory:
      return absl::StatusCode::kResourceExhausted;
    case DropReason::kExpired:
      return absl::StatusCode::kDeadlineExceeded;
    case DropReason::kCancelled:
      return absl::StatusCode::kCancelled;
    case DropReason::kClosed:
      break;
  }
  return absl::StatusCode::kUnavailable;
}

std::string ToMilliseconds(absl::Duration duration) {
  return absl::StrCat(absl::ToInt64Milliseconds(duration), " ms");
}

absl::Status InWords(const Drop& drop, absl::string_view stage) {
  switch (drop.reason) {
    case DropReason::kFull:
      return Refused(drop, absl::StrCat("the ", stage, " queue is full: ", drop.waiting,
                                        " pictures wait, the limit is ", drop.capacity));
    case DropReason::kDisplaced:
      return Refused(drop, absl::StrCat("the ", stage, " queue is full (", drop.capacity,
                                        " pictures) and this category, which had most places in it, gave one "
                                        "to another category"));
    case DropReason::kTooLate:
      return Refused(drop, absl::StrCat("the expected wait in the ", stage, " queue is ",
                                        ToMilliseconds(drop.expected_wait), ", the deadline is in ",
                                        ToMilliseconds(drop.left)));
    case DropReason::kExpired:
      return absl::DeadlineExceededError(
          absl::StrCat("the deadline passed in the ", stage, " queue, after ", ToMilliseconds(drop.waited)));
    case DropReason::kCancelled:
      return absl::CancelledError(absl::StrCat("cancelled in the ", stage, " queue"));
    case DropReason::kMemory:
      return Refused(drop, absl::StrCat("there is no memory for the picture in the ", stage, " stage"));
    case DropReason::kClosed:
      break;
  }
  return absl::UnavailableError("the server is shutting down");
}

}  // namespace

absl::string_view DropReasonName(DropReason reason) {
  switch (reason) {
    case DropReason::kFull:
      return "full";
    case DropReason::kDisplaced:
      return "displaced";
    case DropReason::kTooLate:
      return "too_late";
    case DropReason::kExpired:
      return "expired";
    case DropReason::kCancelled:
      return "cancelled";
    case DropReason::kClosed:
      return "closed";
    case DropReason::kMemory:
      return "memory";
  }
  return "unknown";
}

absl::Status DropStatus(const Drop& drop, absl::string_view stage) {
  try {
    return InWords(drop, stage);
  } catch (const std::bad_alloc&) {
    return absl::Status(CodeOf(drop.reason), "");
  }
}

}  // namespace mlfsc
