// Items in the order in which their senders have their turns: what BatchScheduler keeps one lane's items in.
#ifndef MLFSC_CORE_SERVING_TURN_QUEUE_H_
#define MLFSC_CORE_SERVING_TURN_QUEUE_H_

#include <algorithm>
#include <deque>
#include <iterator>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "core/base/cancellation.h"

namespace mlfsc {

enum class Lane {
  // Somebody waits for the answer.
  kScore,
  // Takes the room that kScore leaves.
  kTrain,
};

// What a queue has to know of an item.
template <typename Key>
struct Ticket {
  // Items of a batch have equal keys.
  Key batch_key = Key();
  // Items of one sender, in whatever sense, have the same; senders take turns.
  std::string sender;
  Lane lane = Lane::kScore;
  absl::Time deadline = absl::InfiniteFuture();
  // May be null.
  std::shared_ptr<const Cancellation> cancellation;
};

// Senders share the time: who has had least of it has the next turn, those who have had as much take turns,
// item by item. One who comes anew begins where the others are: time that was not used is not saved up. Within
// a sender first come, first served. Not thread-safe. Where there is no memory for a function's work it throws
// and has changed nothing: an item is never lost on its way out.
template <typename Item, typename Key>
class TurnQueue {
 public:
  struct Entry {
    Item item;
    Ticket<Key> ticket;
    absl::Time arrival;
  };

  // One sender's items of one batch key, oldest first; never empty.
  struct Flow {
    Key batch_key;
    std::string sender;
    std::deque<Entry> entries;
    // Time that the sender has had.
    absl::Duration had;

    int size() const { return static_cast<int>(entries.size()); }
  };

  // The flow at the front has the next turn.
  const std::list<Flow>& flows() const { return flows_; }
  int size() const { return size_; }

  int CountOf(const std::string& sender) const {
    int count = 0;
    for (const Flow& flow : flows_) count += flow.sender == sender ? flow.size() : 0;
    return count;
  }

  // The sender with the most items. The queue must not be empty.
  const std::string& LargestSender() const {
    const std::string* largest = nullptr;
    int most = 0;
    for (const Flow& flow : flows_) {
      const int count = CountOf(flow.sender);
      if (count < most || (count == most && *largest < flow.sender)) continue;
      largest = &flow.sender;
      most = count;
    }
    return *largest;
  }

  // Of one item of `sender`, as measured; nothing while nothing has been, or long ago.
  std::optional<absl::Duration> PerItem(const std::string& sender) const {
    const auto known = senders_.find(sender);
    if (known == senders_.end() || !known->second.per_item.has_value()) return std::nullopt;
    return known->second.per_item;
  }

  // The work on an item of `sender` has taken `time`.
  void Charge(const std::string& sender, absl::Duration time) {
    Sender& record = senders_.try_emplace(sender, Sender{now_had_, std::nullopt}).first->second;
    record.had += time;
    record.per_item = record.per_item.has_value() ? *record.per_item + kGain * (time - *record.per_item) : time;
    for (Flow& flow : flows_) {
      if (flow.sender == sender) flow.had = record.had;
    }
    SetInOrder();
    Forget();
  }

  void Add(Entry entry) {
    auto flow = std::find_if(flows_.begin(), flows_.end(), [&entry](const Flow& candidate) {
      return candidate.sender == entry.ticket.sender && candidate.batch_key == entry.ticket.batch_key;
    });
    if (flow == flows_.end()) {
      Sender& record = senders_.try_emplace(entry.ticket.sender, Sender{now_had_, std::nullopt}).first->second;
      std::list<Flow> fresh(1);
      fresh.front().batch_key = entry.ticket.batch_key;
      fresh.front().sender = entry.ticket.sender;
      fresh.front().entries.push_back(std::move(entry));
      if (CountOf(fresh.front().sender) == 0) record.had = std::max(record.had, now_had_);
      fresh.front().had = record.had;
      flows_.splice(flow, fresh);
      SetInOrder();
    } else {
      flow->entries.push_back(std::move(entry));
    }
    ++size_;
  }

  // Takes up to `max_items` of `key` out, each sender's oldest in turn, the first from who has had least.
  std::vector<Entry> Take(const Key& key, int max_items) {
    std::vector<Entry> taken;
    taken.reserve(static_cast<size_t>(std::min(max_items, size_)));
    while (static_cast<int>(taken.size()) < max_items) {
      const auto flow = std::find_if(flows_.begin(), flows_.end(),
                                     [&key](const Flow& candidate) { return candidate.batch_key == key; });
      if (flow == flows_.end()) break;
      if (taken.empty()) now_had_ = std::max(now_had_, flow->had);
      taken.push_back(std::move(flow->entries.front()));
      flow->entries.pop_front();
      --size_;
      flows_.splice(flows_.end(), flows_, flow);
      if (flow->entries.empty()) flows_.erase(flow);
    }
    SetInOrder();
    return taken;
  }

  // Takes the youngest item of `sender`, who must have one.
  Entry TakeYoungest(const std::string& sender) {
    auto youngest = flows_.end();
    for (auto flow = flows_.begin(); flow != flows_.end(); ++flow) {
      if (flow->sender != sender) continue;
      if (youngest == flows_.end() || flow->entries.back().arrival > youngest->entries.back().arrival) {
        youngest = flow;
      }
    }
    Entry entry = std::move(youngest->entries.back());
    youngest->entries.pop_back();
    --size_;
    if (youngest->entries.empty()) flows_.erase(youngest);
    return entry;
  }

  // Items of which `is_dead(ticket)` holds.
  template <typename IsDead>
  size_t CountDead(const IsDead& is_dead) const {
    size_t count = 0;
    for (const Flow& flow : flows_) {
      for (const Entry& entry : flow.entries) count += is_dead(entry.ticket) ? 1 : 0;
    }
    return count;
  }

  // Takes them out, but no more than `count`: more may have died since they were counted.
  template <typename IsDead>
  std::vector<Entry> TakeDead(const IsDead& is_dead, size_t count) {
    std::vector<Entry> dead;
    dead.reserve(count);
    for (auto flow = flows_.begin(); flow != flows_.end();) {
      for (auto entry = flow->entries.begin(); entry != flow->entries.end();) {
        if (dead.size() == count || !is_dead(entry->ticket)) {
          ++entry;
          continue;
        }
        dead.push_back(std::move(*entry));
        entry = flow->entries.erase(entry);
        --size_;
      }
      flow = flow->entries.empty() ? flows_.erase(flow) : std::next(flow);
    }
    return dead;
  }

 private:
  struct Sender {
    absl::Duration had;
    std::optional<absl::Duration> per_item;
  };

  // Weight of the newest measurement.
  static constexpr double kGain = 0.3;
  // Senders without items that are remembered: their names may be anybody's words.
  static constexpr size_t kMostRemembered = 1000;

  // Those who have had least come first; of equals, who was before.
  void SetInOrder() {
    flows_.sort([](const Flow& a, const Flow& b) { return a.had < b.had; });
  }

  void Forget() {
    if (senders_.size() <= kMostRemembered + flows_.size()) return;
    for (auto sender = senders_.begin(); sender != senders_.end();) {
      sender = CountOf(sender->first) == 0 ? senders_.erase(sender) : std::next(sender);
    }
  }

  std::list<Flow> flows_;
  int size_ = 0;
  std::map<std::string, Sender> senders_;
  // What the sender that was served last had had.
  absl::Duration now_had_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_SERVING_TURN_QUEUE_H_
