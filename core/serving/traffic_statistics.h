// What was answered since the server began: verdicts and scores of each category, the last hour by minute.
#ifndef MLFSC_CORE_SERVING_TRAFFIC_STATISTICS_H_
#define MLFSC_CORE_SERVING_TRAFFIC_STATISTICS_H_

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/mutex.h"
#include "core/scoring/calibration.h"

namespace mlfsc {

inline constexpr int kScoreBins = 20;

// One minute's pictures of one category.
struct TrafficMinute {
  // A whole minute by the clock's date.
  absl::Time start;
  int64_t pictures = 0;
  // Of those, above the threshold.
  int64_t flagged = 0;
  // Of their normalised scores.
  double score_sum = 0;
};

struct CategoryTraffic {
  // Pictures answered, by verdict: OK, REVIEW, NOK.
  std::array<int64_t, 3> verdicts{};
  // By normalised score, in bins of 1/20 from 0; 1 is in the last.
  std::array<int64_t, kScoreBins> scores{};
  // The last hour, oldest first, without empty ones.
  std::deque<TrafficMinute> minutes;
};

// Thread-safe and quick. Holds at most 1,000 categories, 2 KB each.
class TrafficStatistics {
 public:
  // What is beyond counts as one category named kOther.
  static constexpr size_t kMaxCategories = 1000;
  static constexpr char kOther[] = "(other)";

  // `clock` outlives this.
  explicit TrafficStatistics(Clock* clock);

  // A picture of a category that exists was answered. `flagged`: its score was above the threshold.
  void Add(const std::string& category, double normalised_score, Verdict verdict, bool flagged);

  // Drops what is known of a category that is gone.
  void Forget(const std::string& category);

  // By name.
  std::map<std::string, CategoryTraffic> All();
  // Nothing when no picture of it was answered.
  std::optional<CategoryTraffic> Of(const std::string& category);
  // Whether further categories count as kOther.
  bool IsFull();

  // When counting began.
  absl::Time start() const { return start_; }

 private:
  Clock* const clock_;
  const absl::Time start_;
  Mutex mutex_;
  std::map<std::string, CategoryTraffic> categories_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_SERVING_TRAFFIC_STATISTICS_H_
