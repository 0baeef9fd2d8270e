// Who is let in to a stage, who is dropped and what is worked on next: BatchQueue's rules, without its lock
// and its waiting. Knows nothing of pictures, tensors or RPCs.
#ifndef MLFSC_CORE_SERVING_BATCH_SCHEDULER_H_
#define MLFSC_CORE_SERVING_BATCH_SCHEDULER_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "core/base/contained.h"
#include "core/serving/drop.h"
#include "core/serving/service_time.h"
#include "core/serving/turn_queue.h"

namespace mlfsc {

struct BatchingOptions {
  // Items in a batch, at least 1. Larger batches use the machine better, and each item waits for the others.
  int max_batch = 1;
  // How long the oldest item of a batch that is not full waits for more, counted from its arrival, behind a
  // busy consumer; an idle one takes what comes at once. Longer gives fuller batches at moderate load and
  // nothing at full load, when batches fill by themselves.
  absl::Duration max_delay = absl::ZeroDuration();
  // Items of kScore that may wait, at least 1. Longer rides out longer bursts; who is let in at the end of a
  // full queue waits for all of it. Items of kTrain wait in any number: their source keeps them few.
  int capacity = 64;
  // While there is work in both lanes, one batch in this many is of kTrain; at least 2. Smaller ends
  // trainings sooner and delays that share of the others by one training item.
  int training_floor = 20;
  // Threads that work on what is handed out: the expected wait is shared among them.
  int consumers = 1;
};

// Rules:
// - Senders share the time, whatever their batch keys: the one that has had least of it has the next turn, those
//   that have had as much take turns, item by item (TurnQueue). So large pictures of one sender delay another's
//   small ones by one of them and no more. The one whose turn it is decides the batch's key, and the rest of
//   the batch is filled in turn from all that have that key. Within a sender first come, first served.
// - A training item rides alone, when no item of kScore waits or when the floor says so. Its consumer may be
//   interrupted for items of kScore, up to the floor.
// - What is cancelled or past its deadline leaves without being handed out.
// - When the queue is full, dead items go first. Then a newcomer takes the place of the youngest item of the
//   sender that has most, if its own sender has at least two fewer; else the newcomer is refused. So a flood
//   takes all places only while nobody else wants one.
// - A newcomer that could not meet its deadline, by the measured time of what is before it and its own, is
//   refused. With nothing before it, it is always let in: that is how a wrong estimate is put right.
// Every item that enters leaves exactly once: in a batch, or as a drop.
//
// Not thread-safe. `Key` has ==, and few values. Where there is no memory for a function's work it throws
// std::bad_alloc and has changed nothing but that dead items may have become drops.
template <typename Item, typename Key>
class BatchScheduler {
 public:
  using Entry = typename TurnQueue<Item, Key>::Entry;
  // What has left without being handed out.
  using Drops = std::vector<std::pair<Item, Drop>>;

  struct Taken {
    Item item;
    // From arrival to being handed out.
    absl::Duration waited;
  };
  struct Batch {
    Key key;
    Lane lane = Lane::kScore;
    // Never empty.
    std::vector<Taken> items;
    // Whose they are, one each.
    std::vector<std::string> senders;
    // For Finish.
    uint64_t name = 0;
  };

  explicit BatchScheduler(const BatchingOptions& options) : options_(options) {}

  // Items of kScore that wait.
  int waiting() const { return scores_.size(); }
  bool IsFull() const { return scores_.size() >= options_.capacity; }
  // Whether nothing waits in either lane.
  bool empty() const { return scores_.size() == 0 && trainings_.size() == 0; }
  bool closed() const { return closed_; }

  // Takes the item in at the time of its arrival, or drops it.
  void Enter(Entry entry, Drops* drops) {
    const absl::Time now = entry.arrival;
    if (const std::optional<DropReason> refusal = Refusal(entry.ticket, now, drops)) {
      AddDrop(*refusal, std::move(entry), now, drops);
      return;
    }
    if (entry.ticket.lane == Lane::kTrain) {
      trainings_.Add(std::move(entry));
    } else {
      // Who goes is another than who comes.
      const std::string* const displaced = IsFull() ? &scores_.LargestSender() : nullptr;
      drops->reserve(drops->size() + 1);
      scores_.Add(std::move(entry));
      if (displaced != nullptr) AddDrop(DropReason::kDisplaced, scores_.TakeYoungest(*displaced), now, drops);
    }
  }

  // What Enter would drop an item with this ticket for; none when it would be let in.
  std::optional<Drop> WouldDrop(const Ticket<Key>& ticket, absl::Time now, Drops* drops) {
    const std::optional<DropReason> reason = Refusal(ticket, now, drops);
    if (!reason.has_value()) return std::nullopt;
    return Describe(*reason, ticket, now, now);
  }

  // Drops what is cancelled or past its deadline. Without memory for that it stays until the next look.
  void DropDead(absl::Time now, Drops* drops) {
    const auto is_dead = [now](const Ticket<Key>& ticket) { return DeathOf(ticket, now).has_value(); };
    for (Queue* queue : {&scores_, &trainings_}) {
      const size_t count = queue->CountDead(is_dead);
      if (count == 0) continue;
      std::vector<Entry> dead;
      const bool taken = HasMemoryTo([&] {
        drops->reserve(drops->size() + count);
        dead = queue->TakeDead(is_dead, count);
      });
      if (!taken) continue;
      for (Entry& entry : dead) {
        const DropReason reason = *DeathOf(entry.ticket, now);
        AddDrop(reason, std::move(entry), now, drops);
      }
    }
  }

  // The next batch, if one may go now; else lowers `ready` to when one may. `idle`: whether the consumer has
  // nothing to do, so that a batch need not fill up.
  std::optional<Batch> Take(absl::Time now, bool idle, absl::Time* ready) {
    if (trainings_.size() > 0 && (scores_.size() == 0 || FloorReached())) {
      Batch batch = TakeBatch(&trainings_, trainings_.flows().front().batch_key, Lane::kTrain, 1, now);
      ++running_trainings_;
      return batch;
    }
    return TakeScores(now, idle, ready);
  }

  // Likewise for an idle consumer that can interrupt the training item it works on: nothing of kTrain, and
  // nothing at all once the floor says that the training item has its turn.
  std::optional<Batch> TakeScores(absl::Time now) {
    if (FloorReached()) return std::nullopt;
    absl::Time ready;
    return TakeScores(now, /*idle=*/true, &ready);
  }

  // The work on `batch` has ended. Call it once for every batch: expected waits come from it.
  void Finish(const Batch& batch, absl::Time now) {
    const absl::Duration per_item = service_time_.Finish(batch.name, now);
    if (batch.lane == Lane::kScore) {
      // Without memory for it, it is as if the item had taken no time.
      (void)HasMemoryTo([&] {
        for (const std::string& sender : batch.senders) scores_.Charge(sender, per_item);
      });
      return;
    }
    --running_trainings_;
    batches_since_training_ = 0;
  }

  // From now on nothing is let in; what waits may go without delay.
  void Close() { closed_ = true; }

 private:
  using Queue = TurnQueue<Item, Key>;

  // Why an item with this ticket is not let in. None for a full queue where somebody can be displaced.
  std::optional<DropReason> Refusal(const Ticket<Key>& ticket, absl::Time now, Drops* drops) {
    if (closed_) return DropReason::kClosed;
    if (const std::optional<DropReason> death = DeathOf(ticket, now)) return death;
    if (ticket.lane == Lane::kTrain) return std::nullopt;
    if (IsFull()) DropDead(now, drops);
    if (IsFull() && scores_.CountOf(ticket.sender) + 1 >= scores_.CountOf(scores_.LargestSender())) {
      return DropReason::kFull;
    }
    const bool something_before = scores_.size() > 0 || !service_time_.idle();
    const absl::Duration own = PerItem(ticket.sender, ticket.batch_key);
    if (something_before && now + ExpectedWait(ticket.sender, ticket.batch_key, now) + own > ticket.deadline) {
      return DropReason::kTooLate;
    }
    return std::nullopt;
  }

  static std::optional<DropReason> DeathOf(const Ticket<Key>& ticket, absl::Time now) {
    if (ticket.cancellation != nullptr && ticket.cancellation->cancelled()) return DropReason::kCancelled;
    if (ticket.deadline <= now) return DropReason::kExpired;
    return std::nullopt;
  }

  // Of one item: the sender's own measure, else that of the key.
  absl::Duration PerItem(const std::string& sender, const Key& key) const {
    return scores_.PerItem(sender).value_or(service_time_.PerItem(key));
  }

  // Until an item of `sender` that came now would be handed out: what runs, the sender's own items, and of
  // each other sender what has its turn before it: as much time as the sender's own, or one item.
  absl::Duration ExpectedWait(const std::string& sender, const Key& key, absl::Time now) const {
    absl::Duration wait = service_time_.Remaining(now);
    const absl::Duration own = (scores_.CountOf(sender) + 1) * PerItem(sender, key);
    for (const auto& flow : scores_.flows()) {
      const absl::Duration per_item = PerItem(flow.sender, flow.batch_key);
      const absl::Duration all = flow.size() * per_item;
      wait += flow.sender == sender ? all : std::min(all, std::max(own, per_item));
    }
    return wait / options_.consumers;
  }

  Drop Describe(DropReason reason, const Ticket<Key>& ticket, absl::Time arrival, absl::Time now) const {
    Drop drop;
    drop.reason = reason;
    drop.waiting = scores_.size();
    drop.capacity = options_.capacity;
    drop.waited = now - arrival;
    drop.expected_wait = ExpectedWait(ticket.sender, ticket.batch_key, now);
    drop.left = ticket.deadline - now;
    return drop;
  }

  void AddDrop(DropReason reason, Entry entry, absl::Time now, Drops* drops) {
    drops->emplace_back(std::move(entry.item), Describe(reason, entry.ticket, entry.arrival, now));
  }

  bool FloorReached() const { return batches_since_training_ + 1 >= options_.training_floor; }

  std::optional<Batch> TakeScores(absl::Time now, bool idle, absl::Time* ready) {
    for (const auto& flow : scores_.flows()) {
      const absl::Time may_go = idle || closed_ ? now : MayGo(flow.batch_key);
      if (may_go <= now) {
        Batch batch = TakeBatch(&scores_, Key(flow.batch_key), Lane::kScore, options_.max_batch, now);
        if (trainings_.size() + running_trainings_ > 0) ++batches_since_training_;
        return batch;
      }
      *ready = std::min(*ready, may_go);
    }
    return std::nullopt;
  }

  // When a batch of `key`, of which an item waits, may go behind a busy consumer.
  absl::Time MayGo(const Key& key) const {
    int count = 0;
    absl::Time oldest = absl::InfiniteFuture();
    for (const auto& flow : scores_.flows()) {
      if (!(flow.batch_key == key)) continue;
      count += flow.size();
      oldest = std::min(oldest, flow.entries.front().arrival);
    }
    return count >= options_.max_batch ? absl::InfinitePast() : oldest + options_.max_delay;
  }

  Batch TakeBatch(Queue* queue, Key key, Lane lane, int max_items, absl::Time now) {
    Batch batch;
    // All that may throw comes before an item leaves the queue.
    batch.items.reserve(static_cast<size_t>(std::min(max_items, queue->size())));
    batch.senders.reserve(static_cast<size_t>(std::min(max_items, queue->size())));
    service_time_.MakeRoom();
    for (Entry& entry : queue->Take(key, max_items)) {
      batch.items.push_back({std::move(entry.item), now - entry.arrival});
      batch.senders.push_back(std::move(entry.ticket.sender));
    }
    // A training item, alone and interrupted, says nothing of what others will take.
    batch.name = service_time_.Start(key, static_cast<int>(batch.items.size()), lane == Lane::kScore,
                                     PerItem(batch.senders.front(), key), now);
    batch.lane = lane;
    batch.key = std::move(key);
    return batch;
  }

  const BatchingOptions options_;
  Queue scores_;
  Queue trainings_;
  ServiceTime<Key> service_time_;
  // Batches of kScore handed out while an item of kTrain waited or was worked on, since the last of those was
  // finished.
  int batches_since_training_ = 0;
  int running_trainings_ = 0;
  bool closed_ = false;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_SERVING_BATCH_SCHEDULER_H_
