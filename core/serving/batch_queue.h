// The queue before a stage: bounded, fair, and handing out batches. Knows nothing of pictures, tensors or
// RPCs.
#ifndef MLFSC_CORE_SERVING_BATCH_QUEUE_H_
#define MLFSC_CORE_SERVING_BATCH_QUEUE_H_

#include <algorithm>
#include <cstdint>
#include <functional>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/mutex.h"
#include "core/serving/drop.h"
#include "core/serving/service_time.h"
#include "core/serving/turn_queue.h"

namespace mlfsc {

struct BatchQueueOptions {
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
// - Senders take turns, item by item, whatever their batch keys; the one whose turn it is decides the batch's
//   key, and the rest of the batch is filled in turn from all that have that key. Within a sender first come,
//   first served.
// - A training item rides alone, when no item of kScore waits or when the floor says so. Its consumer may be
//   interrupted for items of kScore, up to the floor.
// - What is cancelled or past its deadline leaves without being handed out.
// - When the queue is full, dead items go first. Then a newcomer takes the place of the youngest item of the
//   sender that has most, if its own sender has at least two fewer; else the newcomer is refused. So a flood
//   takes all places only while nobody else wants one.
// - A newcomer that could not meet its deadline, by the measured time of what is before it and its own, is
//   refused. With nothing before it, it is always let in: that is how a wrong estimate is put right.
// Every item that is pushed leaves exactly once: in a batch, or through the drop function. The exception is a
// push that finds no memory for the item: it throws std::bad_alloc and has not taken it.
//
// Thread-safe. `Key` has ==, and few values.
template <typename Item, typename Key>
class BatchQueue {
 public:
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
    // For Finished.
    uint64_t name = 0;
  };
  // Called with no lock held, on the thread that noticed: a consumer, or one that pushes, perhaps another
  // item than the one that is dropped. Must not throw.
  using DropFunction = std::function<void(Item, const Drop&)>;
  // Told how many items of kScore wait, whenever that has changed; one call at a time, in order. Called with
  // the queue's lock held: must not call the queue.
  using DepthFunction = std::function<void(int)>;

  // `clock` outlives the queue.
  BatchQueue(
      const BatchQueueOptions& options, Clock* clock, DropFunction drop, DepthFunction depth = [](int) {})
      : options_(options), clock_(clock), drop_(std::move(drop)), depth_(std::move(depth)) {}

  // Takes the item in or drops it, at once.
  void Push(Ticket<Key> ticket, Item item) {
    Drops drops;
    bool entered;
    {
      MutexLock lock(&mutex_);
      entered = TryEnter({std::move(item), std::move(ticket), clock_->Now()}, &drops);
    }
    Report(&drops);
    if (!entered) throw std::bad_alloc();
  }

  // As Push, but waits for a place instead of finding the queue full: the way to hold a stage back instead of
  // throwing its work away.
  void PushWhenThereIsRoom(Ticket<Key> ticket, Item item) {
    Drops drops;
    bool entered;
    {
      MutexLock lock(&mutex_);
      mutex_.Await([this, &drops]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        if (IsFull()) DropDead(clock_->Now(), &drops);
        return closed_ || !IsFull();
      });
      entered = TryEnter({std::move(item), std::move(ticket), clock_->Now()}, &drops);
    }
    Report(&drops);
    if (!entered) throw std::bad_alloc();
  }

  // What Push would drop an item with this ticket for; none when it would be let in.
  std::optional<Drop> WouldDrop(const Ticket<Key>& ticket) {
    Drops drops;
    std::optional<Drop> would_drop;
    {
      MutexLock lock(&mutex_);
      const absl::Time now = clock_->Now();
      const std::optional<DropReason> reason = Refusal(ticket, now, &drops);
      if (reason.has_value()) would_drop = Describe(*reason, ticket, now, now);
    }
    Report(&drops);
    return would_drop;
  }

  // Waits for a batch. None once the queue is closed and empty.
  std::optional<Batch> Pop() {
    // Whether the consumer has found nothing to do: then what comes is handed out at once.
    bool idle = false;
    while (true) {
      Drops drops;
      std::optional<Batch> batch;
      bool ended = false;
      {
        MutexLock lock(&mutex_);
        const absl::Time now = clock_->Now();
        DropDead(now, &drops);
        idle = idle || scores_.size() == 0;
        absl::Time ready = absl::InfiniteFuture();
        if (!HasMemoryTo([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { batch = Take(now, idle, &ready); })) {
          ready = now + kWaitForMemory;
        }
        ended = closed_ && scores_.size() == 0 && trainings_.size() == 0;
        if (!batch.has_value() && !ended && drops.empty()) clock_->WaitUntil(&mutex_, ready);
      }
      Report(&drops);
      if (batch.has_value() || ended) return batch;
    }
  }

  // What an idle consumer would get now; none when nothing waits.
  std::optional<Batch> TryPop() { return TryTake(/*trainings=*/true); }

  // Likewise for a consumer that can interrupt the training item it works on: nothing of kTrain, and nothing
  // at all once the floor says that the training item has its turn.
  std::optional<Batch> TryPopScores() { return TryTake(/*trainings=*/false); }

  // Says that the work on `batch` has ended. Call it once for every batch: expected waits come from it.
  void Finished(const Batch& batch) {
    MutexLock lock(&mutex_);
    service_time_.Finish(batch.name, clock_->Now());
    if (batch.lane == Lane::kScore) return;
    --running_trainings_;
    batches_since_training_ = 0;
  }

  // From now on nothing is let in; what waits is handed out without delay.
  void Close() {
    MutexLock lock(&mutex_);
    closed_ = true;
    mutex_.SignalAll();
  }

  // Items of kScore that wait.
  int size() const {
    MutexLock lock(&mutex_);
    return scores_.size();
  }

 private:
  using Queue = TurnQueue<Item, Key>;
  using Entry = typename Queue::Entry;
  using Drops = std::vector<std::pair<Item, Drop>>;

  // How soon a consumer without memory looks again whether there is some.
  static constexpr absl::Duration kWaitForMemory = absl::Milliseconds(1);

  // Whether `work`, which changes nothing when it finds no memory, was done.
  template <typename Work>
  static bool HasMemoryTo(const Work& work) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    try {
      work();
      return true;
    } catch (const std::bad_alloc&) {
      return false;
    }
  }

  // Whether the item was let in or refused.
  bool TryEnter(Entry entry, Drops* drops) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return HasMemoryTo([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { Enter(std::move(entry), drops); });
  }

  bool IsFull() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return scores_.size() >= options_.capacity; }

  void Enter(Entry entry, Drops* drops) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
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
      depth_(scores_.size());
    }
    mutex_.SignalAll();
  }

  // Why an item with this ticket is not let in. None for a full queue where somebody can be displaced.
  std::optional<DropReason> Refusal(const Ticket<Key>& ticket, absl::Time now, Drops* drops)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (closed_) return DropReason::kClosed;
    if (const std::optional<DropReason> death = DeathOf(ticket, now)) return death;
    if (ticket.lane == Lane::kTrain) return std::nullopt;
    if (IsFull()) DropDead(now, drops);
    if (IsFull() && scores_.CountOf(ticket.sender) + 1 >= scores_.CountOf(scores_.LargestSender())) {
      return DropReason::kFull;
    }
    const bool something_before = scores_.size() > 0 || !service_time_.idle();
    const absl::Duration own = service_time_.PerItem(ticket.batch_key);
    if (something_before && now + ExpectedWait(ticket.sender, now) + own > ticket.deadline) {
      return DropReason::kTooLate;
    }
    return std::nullopt;
  }

  static std::optional<DropReason> DeathOf(const Ticket<Key>& ticket, absl::Time now) {
    if (ticket.cancellation != nullptr && ticket.cancellation->cancelled()) return DropReason::kCancelled;
    if (ticket.deadline <= now) return DropReason::kExpired;
    return std::nullopt;
  }

  // Until an item of `sender` that came now would be handed out: what runs, the sender's own items, and of
  // each other sender as many as have their turn before it.
  absl::Duration ExpectedWait(const std::string& sender, absl::Time now) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    absl::Duration wait = service_time_.Remaining(now);
    const int turns = scores_.CountOf(sender) + 1;
    for (const auto& flow : scores_.flows()) {
      const int before = flow.sender == sender ? flow.size() : std::min(flow.size(), turns);
      wait += before * service_time_.PerItem(flow.batch_key);
    }
    return wait / options_.consumers;
  }

  Drop Describe(DropReason reason, const Ticket<Key>& ticket, absl::Time arrival, absl::Time now) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    Drop drop;
    drop.reason = reason;
    drop.waiting = scores_.size();
    drop.capacity = options_.capacity;
    drop.waited = now - arrival;
    drop.expected_wait = ExpectedWait(ticket.sender, now);
    drop.left = ticket.deadline - now;
    return drop;
  }

  void AddDrop(DropReason reason, Entry entry, absl::Time now, Drops* drops)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    drops->emplace_back(std::move(entry.item), Describe(reason, entry.ticket, entry.arrival, now));
  }

  // Without memory for them they stay until the next look.
  void DropDead(absl::Time now, Drops* drops) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
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
      // Somebody may wait for their places.
      mutex_.SignalAll();
      for (Entry& entry : dead) {
        const DropReason reason = *DeathOf(entry.ticket, now);
        AddDrop(reason, std::move(entry), now, drops);
        depth_(scores_.size());
      }
    }
  }

  std::optional<Batch> TryTake(bool trainings) {
    while (true) {
      Drops drops;
      std::optional<Batch> batch;
      bool looked;
      {
        MutexLock lock(&mutex_);
        const absl::Time now = clock_->Now();
        DropDead(now, &drops);
        absl::Time ready;
        looked = HasMemoryTo([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
          if (trainings) {
            batch = Take(now, /*idle=*/true, &ready);
          } else if (!FloorReached()) {
            batch = TakeScores(now, /*idle=*/true, &ready);
          }
        });
        if (!looked && drops.empty()) clock_->WaitUntil(&mutex_, now + kWaitForMemory);
      }
      Report(&drops);
      if (looked) return batch;
    }
  }

  bool FloorReached() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return batches_since_training_ + 1 >= options_.training_floor;
  }

  // The next batch, if one may go now; else lowers `ready` to when one may.
  std::optional<Batch> Take(absl::Time now, bool idle, absl::Time* ready)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (trainings_.size() > 0 && (scores_.size() == 0 || FloorReached())) {
      Batch batch = TakeBatch(&trainings_, trainings_.flows().front().batch_key, Lane::kTrain, 1, now);
      ++running_trainings_;
      return batch;
    }
    return TakeScores(now, idle, ready);
  }

  std::optional<Batch> TakeScores(absl::Time now, bool idle, absl::Time* ready)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
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
  absl::Time MayGo(const Key& key) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    int count = 0;
    absl::Time oldest = absl::InfiniteFuture();
    for (const auto& flow : scores_.flows()) {
      if (!(flow.batch_key == key)) continue;
      count += flow.size();
      oldest = std::min(oldest, flow.entries.front().arrival);
    }
    return count >= options_.max_batch ? absl::InfinitePast() : oldest + options_.max_delay;
  }

  Batch TakeBatch(Queue* queue, Key key, Lane lane, int max_items, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    Batch batch;
    // All that may throw comes before an item leaves the queue.
    batch.items.reserve(static_cast<size_t>(std::min(max_items, queue->size())));
    service_time_.MakeRoom();
    for (Entry& entry : queue->Take(key, max_items)) {
      batch.items.push_back({std::move(entry.item), now - entry.arrival});
    }
    // A training item, alone and interrupted, says nothing of what others will take.
    batch.name = service_time_.Start(key, static_cast<int>(batch.items.size()), lane == Lane::kScore, now);
    batch.lane = lane;
    batch.key = std::move(key);
    depth_(scores_.size());
    mutex_.SignalAll();
    return batch;
  }

  void Report(Drops* drops) {
    for (auto& [item, drop] : *drops) drop_(std::move(item), drop);
  }

  const BatchQueueOptions options_;
  Clock* const clock_;
  const DropFunction drop_;
  const DepthFunction depth_;

  mutable Mutex mutex_;
  Queue scores_ ABSL_GUARDED_BY(mutex_);
  Queue trainings_ ABSL_GUARDED_BY(mutex_);
  ServiceTime<Key> service_time_ ABSL_GUARDED_BY(mutex_);
  // Batches of kScore handed out while an item of kTrain waited or was worked on, since the last of those was
  // finished.
  int batches_since_training_ ABSL_GUARDED_BY(mutex_) = 0;
  int running_trainings_ ABSL_GUARDED_BY(mutex_) = 0;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_SERVING_BATCH_QUEUE_H_
