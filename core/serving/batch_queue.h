// The queue before a stage: bounded, fair, and handing out batches. Knows nothing of pictures, tensors or
// RPCs.
#ifndef MLFSC_CORE_SERVING_BATCH_QUEUE_H_
#define MLFSC_CORE_SERVING_BATCH_QUEUE_H_

#include <functional>
#include <new>
#include <optional>
#include <utility>

#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/contained.h"
#include "core/base/mutex.h"
#include "core/serving/batch_scheduler.h"
#include "core/serving/drop.h"
#include "core/serving/turn_queue.h"

namespace mlfsc {

// A BatchScheduler that threads share: who is let in, who is dropped and what is handed out next are its
// rules.
// Every item that is pushed leaves exactly once: in a batch, or through the drop function. The exception is a
// push that finds no memory for the item: it throws std::bad_alloc and has not taken it.
//
// Thread-safe. `Key` has ==, and few values.
template <typename Item, typename Key>
class BatchQueue {
 public:
  using Taken = typename BatchScheduler<Item, Key>::Taken;
  using Batch = typename BatchScheduler<Item, Key>::Batch;
  // Called with no lock held, on the thread that noticed: a consumer, or one that pushes, perhaps another
  // item than the one that is dropped. Must not throw.
  using DropFunction = std::function<void(Item, const Drop&)>;
  // Told how many items of kScore wait, whenever that has changed; one call at a time, in order. Called with
  // the queue's lock held: must not call the queue.
  using DepthFunction = std::function<void(int)>;

  // `clock` outlives the queue.
  BatchQueue(
      const BatchingOptions& options, Clock* clock, DropFunction drop, DepthFunction depth = [](int) {})
      : clock_(clock), drop_(std::move(drop)), depth_(std::move(depth)), scheduler_(options) {}

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
        if (scheduler_.IsFull()) scheduler_.DropDead(clock_->Now(), &drops);
        return scheduler_.closed() || !scheduler_.IsFull();
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
      would_drop = scheduler_.WouldDrop(ticket, clock_->Now(), &drops);
      if (!drops.empty()) Announce();
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
        scheduler_.DropDead(now, &drops);
        idle = idle || scheduler_.waiting() == 0;
        absl::Time ready = absl::InfiniteFuture();
        if (!HasMemoryTo([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
              batch = scheduler_.Take(now, idle, &ready);
            })) {
          ready = now + kWaitForMemory;
        }
        ended = scheduler_.closed() && scheduler_.empty();
        if (batch.has_value() || !drops.empty()) {
          Announce();
        } else if (!ended) {
          clock_->WaitUntil(&mutex_, ready);
        }
      }
      Report(&drops);
      if (batch.has_value() || ended) return batch;
    }
  }

  // What an idle consumer would get now; none when nothing waits.
  std::optional<Batch> TryPop() {
    return TryTake([](Scheduler* scheduler, absl::Time now) {
      absl::Time ready;
      return scheduler->Take(now, /*idle=*/true, &ready);
    });
  }

  // Likewise for a consumer that can interrupt the training item it works on: nothing of kTrain, and nothing
  // at all once the floor says that the training item has its turn.
  std::optional<Batch> TryPopScores() {
    return TryTake([](Scheduler* scheduler, absl::Time now) { return scheduler->TakeScores(now); });
  }

  // Says that the work on `batch` has ended. Call it once for every batch: expected waits come from it.
  void Finished(const Batch& batch) {
    MutexLock lock(&mutex_);
    scheduler_.Finish(batch, clock_->Now());
  }

  // From now on nothing is let in; what waits is handed out without delay.
  void Close() {
    MutexLock lock(&mutex_);
    scheduler_.Close();
    mutex_.SignalAll();
  }

  // Items of kScore that wait.
  int size() const {
    MutexLock lock(&mutex_);
    return scheduler_.waiting();
  }

 private:
  using Scheduler = BatchScheduler<Item, Key>;
  using Drops = typename Scheduler::Drops;

  // How soon a consumer without memory looks again whether there is some.
  static constexpr absl::Duration kWaitForMemory = absl::Milliseconds(1);

  // Whether the item was let in or refused.
  bool TryEnter(typename Scheduler::Entry entry, Drops* drops) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const bool entered = HasMemoryTo(
        [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { scheduler_.Enter(std::move(entry), drops); });
    Announce();
    return entered;
  }

  // `take` of the scheduler and the time, without waiting for anything but memory.
  template <typename Take>
  std::optional<Batch> TryTake(const Take& take) {
    while (true) {
      Drops drops;
      std::optional<Batch> batch;
      bool looked;
      {
        MutexLock lock(&mutex_);
        const absl::Time now = clock_->Now();
        scheduler_.DropDead(now, &drops);
        looked = HasMemoryTo([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { batch = take(&scheduler_, now); });
        if (batch.has_value() || !drops.empty()) {
          Announce();
        } else if (!looked) {
          clock_->WaitUntil(&mutex_, now + kWaitForMemory);
        }
      }
      Report(&drops);
      if (looked) return batch;
    }
  }

  // Items have come or gone: whoever waits for work or for a place looks again.
  void Announce() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (const int depth = scheduler_.waiting(); depth != depth_told_) {
      depth_told_ = depth;
      depth_(depth);
    }
    mutex_.SignalAll();
  }

  void Report(Drops* drops) {
    for (auto& [item, drop] : *drops) drop_(std::move(item), drop);
  }

  Clock* const clock_;
  const DropFunction drop_;
  const DepthFunction depth_;

  mutable Mutex mutex_;
  BatchScheduler<Item, Key> scheduler_ ABSL_GUARDED_BY(mutex_);
  // What the depth function was last told.
  int depth_told_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_SERVING_BATCH_QUEUE_H_
