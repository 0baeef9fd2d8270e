// Items in the order in which their senders take turns: what BatchScheduler keeps one lane's items in.
#ifndef MLFSC_CORE_SERVING_TURN_QUEUE_H_
#define MLFSC_CORE_SERVING_TURN_QUEUE_H_

#include <algorithm>
#include <deque>
#include <iterator>
#include <list>
#include <memory>
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

// Senders take turns, item by item; within a sender first come, first served. Not thread-safe. Where there is
// no memory for a function's work it throws and has changed nothing: an item is never lost on its way out.
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

  void Add(Entry entry) {
    auto flow = std::find_if(flows_.begin(), flows_.end(), [&entry](const Flow& candidate) {
      return candidate.sender == entry.ticket.sender && candidate.batch_key == entry.ticket.batch_key;
    });
    if (flow == flows_.end()) {
      std::list<Flow> fresh(1);
      fresh.front().batch_key = entry.ticket.batch_key;
      fresh.front().sender = entry.ticket.sender;
      fresh.front().entries.push_back(std::move(entry));
      flows_.splice(flow, fresh);
    } else {
      flow->entries.push_back(std::move(entry));
    }
    ++size_;
  }

  // Takes up to `max_items` of `key` out, each sender's oldest in turn.
  std::vector<Entry> Take(const Key& key, int max_items) {
    std::vector<Entry> taken;
    taken.reserve(static_cast<size_t>(std::min(max_items, size_)));
    while (static_cast<int>(taken.size()) < max_items) {
      const auto flow = std::find_if(flows_.begin(), flows_.end(),
                                     [&key](const Flow& candidate) { return candidate.batch_key == key; });
      if (flow == flows_.end()) break;
      taken.push_back(std::move(flow->entries.front()));
      flow->entries.pop_front();
      --size_;
      flows_.splice(flows_.end(), flows_, flow);
      if (flow->entries.empty()) flows_.erase(flow);
    }
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
  std::list<Flow> flows_;
  int size_ = 0;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_SERVING_TURN_QUEUE_H_
