#include "core/serving/traffic_statistics.h"

#include <algorithm>
#include <cmath>

namespace mlfsc {
namespace {

constexpr absl::Duration kMinute = absl::Minutes(1);
constexpr int kMinutes = 60;

absl::Time MinuteOf(absl::Time time) {
  return absl::UnixEpoch() + absl::Floor(time - absl::UnixEpoch(), kMinute);
}

// Leaves the hour that ends with `minute`. Minutes after it are from before the clock was set back.
void KeepLastHour(absl::Time minute, std::deque<TrafficMinute>* minutes) {
  while (!minutes->empty() && minutes->front().start <= minute - kMinutes * kMinute) minutes->pop_front();
  while (!minutes->empty() && minutes->back().start > minute) minutes->pop_back();
}

int BinOf(double normalised_score) {
  return std::clamp(static_cast<int>(normalised_score * kScoreBins), 0, kScoreBins - 1);
}

}  // namespace

TrafficStatistics::TrafficStatistics(Clock* clock) : clock_(clock), start_(clock->WallNow()) {}

void TrafficStatistics::Add(const std::string& category, double normalised_score, Verdict verdict,
                            bool flagged) {
  const absl::Time minute = MinuteOf(clock_->WallNow());
  MutexLock lock(&mutex_);
  auto found = categories_.find(category);
  if (found == categories_.end()) {
    found = categories_.try_emplace(categories_.size() < kMaxCategories ? category : kOther).first;
  }
  CategoryTraffic& traffic = found->second;
  ++traffic.verdicts[static_cast<size_t>(verdict)];
  ++traffic.scores[static_cast<size_t>(BinOf(normalised_score))];
  KeepLastHour(minute, &traffic.minutes);
  if (traffic.minutes.empty() || traffic.minutes.back().start != minute) {
    traffic.minutes.emplace_back().start = minute;
  }
  TrafficMinute& now = traffic.minutes.back();
  ++now.pictures;
  if (flagged) ++now.flagged;
  now.score_sum += normalised_score;
}

void TrafficStatistics::Forget(const std::string& category) {
  MutexLock lock(&mutex_);
  categories_.erase(category);
}

std::map<std::string, CategoryTraffic> TrafficStatistics::All() {
  const absl::Time minute = MinuteOf(clock_->WallNow());
  std::map<std::string, CategoryTraffic> all;
  {
    MutexLock lock(&mutex_);
    all = categories_;
  }
  for (auto& [category, traffic] : all) KeepLastHour(minute, &traffic.minutes);
  return all;
}

std::optional<CategoryTraffic> TrafficStatistics::Of(const std::string& category) {
  const absl::Time minute = MinuteOf(clock_->WallNow());
  MutexLock lock(&mutex_);
  const auto found = categories_.find(category);
  if (found == categories_.end()) return std::nullopt;
  CategoryTraffic traffic = found->second;
  KeepLastHour(minute, &traffic.minutes);
  return traffic;
}

bool TrafficStatistics::IsFull() {
  MutexLock lock(&mutex_);
  return categories_.size() >= kMaxCategories;
}

}  // namespace mlfsc
