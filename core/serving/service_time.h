// How long batches take, measured while they run: what expected waits are made of.
#ifndef MLFSC_CORE_SERVING_SERVICE_TIME_H_
#define MLFSC_CORE_SERVING_SERVICE_TIME_H_

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace mlfsc {

// Not thread-safe. `Key` has ==, and few values: an estimate is kept for each.
template <typename Key>
class ServiceTime {
 public:
  // For the next Start and all that is to finish; throws when there is no memory. Start and Finish then need
  // none.
  void MakeRoom() {
    running_.reserve(running_.size() + 1);
    estimates_.reserve(estimates_.size() + running_.size() + 1);
  }

  // A batch of `items` begins. `measure`: whether it counts for the estimate. `expected`: of one item. Returns
  // a name for it.
  uint64_t Start(const Key& key, int items, bool measure, absl::Duration expected, absl::Time now) {
    running_.push_back({++last_, key, items, measure, expected, now});
    return last_;
  }

  // Returns what one item has taken.
  absl::Duration Finish(uint64_t batch, absl::Time now) {
    const auto running = std::find_if(running_.begin(), running_.end(),
                                      [batch](const Running& candidate) { return candidate.name == batch; });
    const absl::Duration per_item = (now - running->started) / running->items;
    if (running->measure) Measure(running->key, per_item);
    running_.erase(running);
    return per_item;
  }

  bool idle() const { return running_.empty(); }

  // Of one item; zero while nothing has been measured.
  absl::Duration PerItem(const Key& key) const {
    for (const auto& [known, per_item] : estimates_) {
      if (known == key) return per_item;
    }
    return absl::ZeroDuration();
  }

  // What is left of the batches that run, all together.
  absl::Duration Remaining(absl::Time now) const {
    absl::Duration remaining;
    for (const Running& running : running_) {
      const absl::Time end = running.started + running.items * running.expected;
      remaining += std::max(end - now, absl::ZeroDuration());
    }
    return remaining;
  }

 private:
  struct Running {
    uint64_t name;
    Key key;
    int items;
    bool measure;
    absl::Duration expected;
    absl::Time started;
  };

  // Weight of the newest measurement: a batch that took ten times as long is forgotten after ten others.
  static constexpr double kGain = 0.3;

  void Measure(const Key& key, absl::Duration per_item) {
    for (auto& [known, estimate] : estimates_) {
      if (!(known == key)) continue;
      estimate += kGain * (per_item - estimate);
      return;
    }
    estimates_.emplace_back(key, per_item);
  }

  std::vector<Running> running_;
  std::vector<std::pair<Key, absl::Duration>> estimates_;
  uint64_t last_ = 0;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_SERVING_SERVICE_TIME_H_
