#include "client/bench/latency_histogram.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace mlfsc::client {
namespace {

constexpr int kPerOctave = 64;
// From 64 microseconds to 2^40 (twelve days).
constexpr int kOctaves = 34;
constexpr int64_t kLargest = (int64_t{kPerOctave} << kOctaves) - 1;

// Below 64 microseconds a bin each; then 64 to an octave.
size_t BinOf(absl::Duration latency) {
  int64_t value = std::clamp<int64_t>(absl::ToInt64Microseconds(latency), 0, kLargest);
  int octave = 0;
  while (value >= 2 * kPerOctave) {
    value >>= 1;
    ++octave;
  }
  return static_cast<size_t>(octave * kPerOctave + value);
}

// Where the next bin begins.
absl::Duration EndOf(size_t bin) {
  if (bin < 2 * kPerOctave) return absl::Microseconds(static_cast<int64_t>(bin) + 1);
  const size_t octave = bin / kPerOctave - 1;
  const size_t within = bin - octave * kPerOctave;
  return absl::Microseconds(static_cast<int64_t>(within + 1) << octave);
}

// Round numbers in a decade, from fine to coarse.
const std::vector<std::vector<double>>& Series() {
  static const auto& series = *new std::vector<std::vector<double>>{
      {1, 1.1, 1.2, 1.4, 1.6, 1.8, 2, 2.2, 2.5, 2.8, 3.2, 3.5, 4, 4.5, 5, 5.5, 6.3, 7, 8, 9},
      {1, 1.2, 1.6, 2, 2.5, 3.2, 4, 5, 6.3, 8},
      {1, 2, 5}};
  return series;
}

// Numbers of a series, in milliseconds, from the largest that is not above `low` to the first whose bin is
// above that of `high`.
std::vector<absl::Duration> Limits(const std::vector<double>& series, absl::Duration low,
                                   absl::Duration high) {
  std::vector<absl::Duration> limits;
  // From a hundredth of a millisecond to the largest bin.
  for (int decade = -2; decade <= 9; ++decade) {
    for (const double digit : series) {
      // Powers of ten are exact upwards only.
      const double ms = decade < 0 ? digit / std::pow(10, -decade) : digit * std::pow(10, decade);
      const absl::Duration limit = absl::Milliseconds(ms);
      if (limit <= low) limits.clear();
      limits.push_back(limit);
      if (limit > high && BinOf(limit) > BinOf(high)) return limits;
    }
  }
  return limits;
}

}  // namespace

LatencyHistogram::LatencyHistogram() : bins_((kOctaves + 1) * kPerOctave, 0) {}

void LatencyHistogram::Add(absl::Duration latency) {
  latency = std::max(latency, absl::ZeroDuration());
  ++bins_[BinOf(latency)];
  ++count_;
  sum_ += latency;
  min_ = std::min(min_, latency);
  max_ = std::max(max_, latency);
}

absl::Duration LatencyHistogram::mean() const { return count_ == 0 ? absl::ZeroDuration() : sum_ / count_; }

absl::Duration LatencyHistogram::Percentile(double share) const {
  const auto wanted =
      std::max<int64_t>(1, static_cast<int64_t>(std::ceil(share * static_cast<double>(count_) - 1e-9)));
  int64_t seen = 0;
  for (size_t bin = 0; bin < bins_.size(); ++bin) {
    seen += bins_[bin];
    if (seen >= wanted) return std::min(EndOf(bin), max_);
  }
  return max_;
}

int64_t LatencyHistogram::CountBetween(absl::Duration low, absl::Duration high) const {
  if (high <= low) return 0;
  int64_t count = 0;
  const size_t end = std::min(bins_.size(), BinOf(high));
  for (size_t bin = BinOf(low); bin < end; ++bin) count += bins_[bin];
  return count;
}

std::vector<absl::Duration> RoundLimits(const LatencyHistogram& histogram, int rows) {
  std::vector<absl::Duration> limits;
  if (histogram.count() == 0) return limits;
  const size_t most = static_cast<size_t>(rows) + 1;
  for (const std::vector<double>& series : Series()) {
    limits = Limits(series, histogram.min(), histogram.max());
    if (limits.size() <= most) return limits;
  }
  limits.erase(limits.begin(), limits.end() - static_cast<std::ptrdiff_t>(most));
  limits.front() = absl::ZeroDuration();
  return limits;
}

}  // namespace mlfsc::client
