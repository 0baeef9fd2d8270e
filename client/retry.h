// When a call that failed is made again.
#ifndef MLFSC_CLIENT_RETRY_H_
#define MLFSC_CLIENT_RETRY_H_

#include <functional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/base/clock.h"

namespace mlfsc::client {

struct RetryOptions {
  // Time for the whole call, waits and all.
  absl::Duration timeout = absl::Seconds(60);
  // The first wait for a server that is away; each further one is `multiplier` times as long, up to the
  // largest. Half of every wait is random, so that stations that failed together do not come back together.
  absl::Duration initial_backoff = absl::Milliseconds(200);
  double multiplier = 2;
  absl::Duration max_backoff = absl::Seconds(5);
  // Calls that are made before a server that is away is given up, even if there is time left. More ride out
  // a longer restart; fewer tell sooner that nobody is there. 1 = no retries.
  int max_attempts = 6;
  // Whether a call that the server asks to try again later is. False shows every refusal.
  bool follow_hints = true;
};

// The course of one call. Not thread-safe.
//
// Made again: UNAVAILABLE, after a backoff, and whatever the server says may be tried again
// (core/base/retry_hint.h; by the wire's contract RESOURCE_EXHAUSTED with a RetryInfo), after the delay it
// asks for plus a random part. Everything else is final, and no wait goes beyond the call's time.
class Retry {
 public:
  // `uniform`: random numbers in [0, 1). `clock` outlives this.
  Retry(const RetryOptions& options, Clock* clock, std::function<double()> uniform);

  // Of the call's time; never negative.
  absl::Duration TimeLeft() const;

  // True: has waited, call again. False: `error` is final.
  bool WaitAfter(const absl::Status& error);

 private:
  const RetryOptions options_;
  Clock* const clock_;
  const std::function<double()> uniform_;
  const absl::Time deadline_;
  absl::Duration backoff_;
  int unavailable_ = 0;
};

// Calls `attempt(time left)` until it succeeds or the retry gives up.
template <typename Attempt>
auto CallWithRetry(Retry retry, Attempt attempt) {
  while (true) {
    auto response = attempt(retry.TimeLeft());
    if (response.ok() || !retry.WaitAfter(response.status())) return response;
  }
}

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_RETRY_H_
