// How long many requests took.
#ifndef MLFSC_CLIENT_BENCH_LATENCY_HISTOGRAM_H_
#define MLFSC_CLIENT_BENCH_LATENCY_HISTOGRAM_H_

#include <cstdint>
#include <vector>

#include "absl/time/time.h"

namespace mlfsc::client {

// Counts of durations in bins that are 1/64 of their value wide (64 to an octave, from a microsecond on):
// whatever is read from it is right within 1.6 %, in a few kB. Not thread-safe.
class LatencyHistogram {
 public:
  LatencyHistogram();

  // Negative ones count as 0.
  void Add(absl::Duration latency);

  int64_t count() const { return count_; }
  // Exact; 0 when there is none.
  absl::Duration min() const { return count_ == 0 ? absl::ZeroDuration() : min_; }
  absl::Duration max() const { return max_; }
  absl::Duration mean() const;

  // The smallest duration that at least `share` [(0, 1]] of them do not exceed, rounded up to its bin's end
  // but not beyond max(). 0 when there is none.
  absl::Duration Percentile(double share) const;

  // Those in [low, high), as far as bins tell.
  int64_t CountBetween(absl::Duration low, absl::Duration high) const;

 private:
  std::vector<int64_t> bins_;
  int64_t count_ = 0;
  absl::Duration sum_;
  absl::Duration min_ = absl::InfiniteDuration();
  absl::Duration max_;
};

// Limits in round milliseconds of at most `rows` bins for people, as narrow as that allows, that hold
// everything in `histogram`: ascending, one more than there are bins. Empty when the histogram is. A range
// that is too wide keeps the upper bins; the lowest then holds everything below.
std::vector<absl::Duration> RoundLimits(const LatencyHistogram& histogram, int rows);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_BENCH_LATENCY_HISTOGRAM_H_
