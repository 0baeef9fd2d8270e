#include "client/evaluation/roc.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <utility>

namespace mlfsc::client {
namespace {

// Of sorted scores, how many are above `threshold`.
size_t CountAbove(const std::vector<double>& sorted, double threshold) {
  return sorted.end() - std::upper_bound(sorted.begin(), sorted.end(), threshold);
}

// As OperatingPointAt, of sorted scores.
OperatingPoint At(double threshold, const std::vector<double>& good, const std::vector<double>& bad) {
  const size_t false_alarms = CountAbove(good, threshold);
  const size_t found = CountAbove(bad, threshold);
  OperatingPoint point;
  point.threshold = threshold;
  if (!good.empty()) point.r1 = 1 - static_cast<double>(false_alarms) / good.size();
  if (!bad.empty()) point.r2 = static_cast<double>(found) / bad.size();
  if (found + false_alarms > 0) point.precision = static_cast<double>(found) / (found + false_alarms);
  // TP + FN is the number of bad scores.
  if (found + false_alarms + bad.size() > 0) {
    point.f1 = 2.0 * found / (found + false_alarms + bad.size());
  }
  return point;
}

std::vector<double> Sorted(std::vector<double> scores) {
  std::sort(scores.begin(), scores.end());
  return scores;
}

std::vector<double> Descending(std::vector<double> scores) {
  std::sort(scores.begin(), scores.end(), std::greater<>());
  return scores;
}

}  // namespace

std::optional<double> Auroc(std::vector<double> good, const std::vector<double>& bad) {
  if (good.empty() || bad.empty()) return std::nullopt;
  good = Sorted(std::move(good));
  double pairs = 0;
  for (const double score : bad) {
    const auto [first_equal, first_above] = std::equal_range(good.begin(), good.end(), score);
    pairs += (first_equal - good.begin()) + 0.5 * (first_above - first_equal);
  }
  return pairs / good.size() / bad.size();
}

std::optional<double> AveragePrecision(std::vector<double> good, std::vector<double> bad) {
  if (bad.empty()) return std::nullopt;
  good = Descending(std::move(good));
  bad = Descending(std::move(bad));
  double sum = 0;
  size_t good_taken = 0;
  size_t bad_taken = 0;
  while (bad_taken < bad.size()) {
    const double threshold = bad[bad_taken];
    const size_t before = bad_taken;
    while (bad_taken < bad.size() && bad[bad_taken] == threshold) ++bad_taken;
    while (good_taken < good.size() && good[good_taken] >= threshold) ++good_taken;
    sum += static_cast<double>(bad_taken - before) * bad_taken / (bad_taken + good_taken);
  }
  return sum / bad.size();
}

std::optional<double> FalseAlarmsAtRecall(double recall, std::vector<double> good, std::vector<double> bad) {
  if (good.empty() || bad.empty()) return std::nullopt;
  bad = Descending(std::move(bad));
  // A share such as 0.95 is not exact: 19 of 20 is enough.
  const auto needed = static_cast<size_t>(std::ceil(recall * bad.size() * (1 - 1e-12)));
  const double limit = bad[std::clamp<size_t>(needed, 1, bad.size()) - 1];
  const auto flagged =
      std::count_if(good.begin(), good.end(), [limit](double score) { return score >= limit; });
  return static_cast<double>(flagged) / good.size();
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
