// A stage that works on one picture at a time on each of its threads, behind a queue.
#ifndef MLFSC_CORE_SERVING_WORK_STAGE_H_
#define MLFSC_CORE_SERVING_WORK_STAGE_H_

#include <functional>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/mutex.h"
#include "core/base/thread_pool.h"
#include "core/serving/batch_queue.h"
#include "core/serving/serving_observer.h"

namespace mlfsc {

// The batch key of items that are all alike.
struct Anything {
  bool operator==(const Anything&) const { return true; }
};

struct WorkStageOptions {
  // Names the stage to the observer and in errors.
  Stage stage = Stage::kDecode;
  // At least 1.
  int threads = 1;
  // Items that may wait.
  int queue_length = 64;
  // Of its threads.
  const char* thread_name = "mlfsc-work";
  int nice = 0;
};

// Who waits how, and who is refused: BatchQueue. Items are worked on by tasks of the stage's own pool, so
// that the work on a lone item may spread over the pool's threads, and there are never more than those.
// Thread-safe. The destructor works off what waits.
template <typename Item>
class WorkStage {
 public:
  // The item, and how long it waited.
  using Work = std::function<void(Item, absl::Duration)>;
  using Refuse = std::function<void(Item, absl::Status)>;

  // `work` runs on the stage's threads; `refuse` on those or on one that pushes. Neither throws. Each item
  // goes to one of them, once. `clock` and `observer` outlive the stage.
  WorkStage(const WorkStageOptions& options, Clock* clock, ServingObserver* observer, Work work,
            Refuse refuse)
      : options_(options),
        observer_(observer),
        work_(std::move(work)),
        queue_(
            QueueOptions(options), clock,
            [this, refuse = std::move(refuse)](Item item, const Drop& drop) {
              observer_->OnDrop(options_.stage, drop.reason);
              refuse(std::move(item), DropStatus(drop, StageName(options_.stage)));
            },
            [this](int depth) { observer_->OnQueueDepth(options_.stage, depth); }),
        pool_(options.threads, options.nice, options.thread_name) {
    observer_->OnQueueCapacity(options_.stage, options_.queue_length);
  }

  // Takes the item in or refuses it, at once. Throws std::bad_alloc, and has done neither, when there is no
  // memory for it.
  void Push(Ticket<Anything> ticket, Item item) {
    queue_.Push(std::move(ticket), std::move(item));
    Schedule();
  }

  // As Push, but waits for a place when the queue is full.
  void PushWhenThereIsRoom(Ticket<Anything> ticket, Item item) {
    queue_.PushWhenThereIsRoom(std::move(ticket), std::move(item));
    Schedule();
  }

  // For loops within `work`.
  ThreadPool* pool() { return &pool_; }

 private:
  using Queue = BatchQueue<Item, Anything>;

  static BatchingOptions QueueOptions(const WorkStageOptions& options) {
    BatchingOptions queue;
    queue.capacity = options.queue_length;
    queue.consumers = options.threads;
    return queue;
  }

  // Sees to it that there are at least as many tasks as items. A task too many, left by an item that was
  // dropped, finds nothing to do.
  void Schedule() {
    {
      MutexLock lock(&mutex_);
      if (tasks_ >= queue_.size()) return;
      ++tasks_;
    }
    try {
      pool_.Schedule([this] { WorkOnOne(); });
    } catch (const std::bad_alloc&) {
      // No memory to tell the stage: then this thread does what it would have done.
      WorkOnOne();
    }
  }

  void WorkOnOne() {
    {
      MutexLock lock(&mutex_);
      --tasks_;
    }
    std::optional<typename Queue::Batch> batch = queue_.TryPop();
    if (!batch.has_value()) return;
    work_(std::move(batch->items.front().item), batch->items.front().waited);
    queue_.Finished(*batch);
  }

  const WorkStageOptions options_;
  ServingObserver* const observer_;
  const Work work_;
  Queue queue_;
  Mutex mutex_;
  // Scheduled and not yet begun.
  int tasks_ ABSL_GUARDED_BY(mutex_) = 0;
  // Last, so that its tasks end before what they use.
  ThreadPool pool_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_SERVING_WORK_STAGE_H_
