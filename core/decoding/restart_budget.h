// How soon a process that ended may be followed by another.
#ifndef MLFSC_CORE_DECODING_RESTART_BUDGET_H_
#define MLFSC_CORE_DECODING_RESTART_BUDGET_H_

#include <algorithm>

#include "absl/time/time.h"

namespace mlfsc {

// A start costs some ten milliseconds of a processor, and who sends pictures that end processes would like to
// have it all. So: some starts at once, then so many a second; after a start that failed a pause that doubles
// with each further one. Not thread-safe. Times are of any one clock.
class RestartBudget {
 public:
  static constexpr int kAtOnce = 8;
  static constexpr absl::Duration kEvery = absl::Milliseconds(250);
  static constexpr absl::Duration kFirstPause = absl::Milliseconds(100);
  static constexpr absl::Duration kLongestPause = absl::Seconds(10);

  // When the next start may be; not after `now` when it may be at once.
  absl::Time NextStart() const { return next_; }

  // A start was tried.
  void Count(absl::Time now, bool succeeded) {
    // Starts that were saved up, at most kAtOnce of them.
    whole_ = std::max(whole_, now - kAtOnce * kEvery) + kEvery;
    pause_ = succeeded ? absl::ZeroDuration() : std::clamp(pause_ * 2, kFirstPause, kLongestPause);
    next_ = std::max(whole_, now + pause_);
  }

 private:
  // As if every start came kEvery after the one before: in the past by what is saved up.
  absl::Time whole_ = absl::InfinitePast();
  absl::Time next_ = absl::InfinitePast();
  absl::Duration pause_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_DECODING_RESTART_BUDGET_H_
