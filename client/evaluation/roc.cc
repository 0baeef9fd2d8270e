#include "client/evaluation/roc.h"

#include <algorithm>
#include <cstddef>

namespace mlfsc::client {
namespace {

// Of sorted scores, how many are above `threshold`.
size_t CountAbove(const std::vector<double>& sorted, double threshold) {
  return sorted.end() - std::upper_bound(sorted.begin(), sorted.end(), threshold);
}

// As OperatingPointAt, of sorted scores.
OperatingPoint At(double threshold, const std::vector<double>& good, const std::vector<double>& bad) {
  OperatingPoint point;
  point.threshold = threshold;
  if (!good.empty()) point.r1 = 1 - static_cast<double>(CountAbove(good, threshold)) / good.size();
  if (!bad.empty()) point.r2 = static_cast<double>(CountAbove(bad, threshold)) / bad.size();
  return point;
}

std::vector<double> Sorted(std::vector<double> scores) {
  std::sort(scores.begin(), scores.end());
  return scores;
}

}  // namespace

std::optional<double> Auroc(std::vector<double> good, std::vector<double> bad) {
  if (good.empty() || bad.empty()) return std::nullopt;
  good = Sorted(std::move(good));
  double pairs = 0;
  for (const double score : bad) {
    const auto [first_equal, first_above] = std::equal_range(good.begin(), good.end(), score);
    pairs += (first_equal - good.begin()) + 0.5 * (first_above - first_equal);
  }
  return pairs / good.size() / bad.size();
}

OperatingPoint OperatingPointAt(double threshold, const std::vector<double>& good,
                                const std::vector<double>& bad) {
  return At(threshold, Sorted(good), Sorted(bad));
}

OperatingPoint BestOperatingPoint(const std::vector<double>& good, const std::vector<double>& bad) {
  const std::vector<double> sorted_good = Sorted(good);
  const std::vector<double> sorted_bad = Sorted(bad);
  std::vector<double> candidates = good;
  candidates.insert(candidates.end(), bad.begin(), bad.end());
  candidates = Sorted(std::move(candidates));
  if (candidates.empty()) return OperatingPoint();
  OperatingPoint best = At(candidates.front(), sorted_good, sorted_bad);
  for (const double threshold : candidates) {
    const OperatingPoint point = At(threshold, sorted_good, sorted_bad);
    if (point.mean() > best.mean()) best = point;
  }
  return best;
}

}  // namespace mlfsc::client
