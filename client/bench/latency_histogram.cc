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

// The largest of ..., 0.1, 0.2, 0.5, 1, 2, 5, 10, ... ms that is not above `latency`, at least 0.01 ms.
double RoundDown(absl::Duration latency) {
  const double ms = std::max(0.01, absl::ToDoubleMilliseconds(latency));
  const double power = std::pow(10, std::floor(std::log10(ms) + 1e-9));
  const double digit = ms / power * (1 + 1e-9);
  return power * (digit >= 5 ? 5 : digit >= 2 ? 2 : 1);
}

// 1, 2, 5, 10, ...
double NextRound(double ms) {
  const double power = std::pow(10, std::floor(std::log10(ms) + 1e-9));
  const double digit = std::round(ms / power);
  return power * (digit >= 5 ? 10 : digit >= 2 ? 5 : 2);
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
  double ms = RoundDown(histogram.min());
  limits.push_back(absl::Milliseconds(ms));
  while (limits.back() <= histogram.max()) {
    ms = NextRound(ms);
    limits.push_back(absl::Milliseconds(ms));
  }
  const size_t most = static_cast<size_t>(rows) + 1;
  if (limits.size() > most) {
    limits.erase(limits.begin(), limits.end() - static_cast<std::ptrdiff_t>(most));
    limits.front() = absl::ZeroDuration();
  }
  return limits;
}

}  // namespace mlfsc::client
