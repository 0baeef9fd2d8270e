#include "core/base/retry_hint.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/types/optional.h"

namespace mlfsc {
namespace {

constexpr char kPayload[] = "mlfsc/retry_delay";

}  // namespace

absl::Status WithRetryDelay(absl::Status error, absl::Duration delay) {
  error.SetPayload(kPayload, absl::Cord(absl::FormatDuration(std::max(delay, absl::ZeroDuration()))));
  return error;
}

std::optional<absl::Duration> RetryDelay(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kPayload);
  absl::Duration delay;
  if (!payload.has_value() || !absl::ParseDuration(std::string(*payload), &delay)) return std::nullopt;
  return delay;
}

}  // namespace mlfsc
