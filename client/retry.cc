#include "client/retry.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/base/retry_hint.h"

namespace mlfsc::client {
namespace {

void SleepUntil(Clock* clock, absl::Time wake) {
  Mutex mutex;
  MutexLock lock(&mutex);
  while (clock->Now() < wake) clock->WaitUntil(&mutex, wake);
}

}  // namespace

Retry::Retry(const RetryOptions& options, Clock* clock, std::function<double()> uniform)
    : options_(options),
      clock_(clock),
      uniform_(std::move(uniform)),
      deadline_(clock->Now() + options.timeout),
      backoff_(options.initial_backoff) {}

absl::Duration Retry::TimeLeft() const { return std::max(absl::ZeroDuration(), deadline_ - clock_->Now()); }

bool Retry::WaitAfter(const absl::Status& error) {
  const std::optional<absl::Duration> hint = options_.follow_hints ? RetryDelay(error) : std::nullopt;
  const bool unavailable = absl::IsUnavailable(error);
  if (!unavailable && !hint.has_value()) return false;
  if (unavailable && ++unavailable_ >= options_.max_attempts) return false;

  absl::Duration wait =
      hint.has_value() ? *hint + backoff_ * (uniform_() / 2) : backoff_ * ((1 + uniform_()) / 2);
  if (unavailable) backoff_ = std::min(backoff_ * options_.multiplier, options_.max_backoff);
  if (wait >= TimeLeft()) return false;
  SleepUntil(clock_, clock_->Now() + wait);
  return true;
}

}  // namespace mlfsc::client
