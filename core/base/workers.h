// The threads that a piece of work runs on, and who may end it.
#ifndef MLFSC_CORE_BASE_WORKERS_H_
#define MLFSC_CORE_BASE_WORKERS_H_

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "core/base/cancellation.h"
#include "core/base/thread_pool.h"

namespace mlfsc {

// Passed by value through everything that takes long. A pool alone, or none, will do: then nobody ends the
// work.
class Workers {
 public:
  // Both may be null, and outlive the work. Without a pool the calling thread does all of it.
  // NOLINTNEXTLINE(google-explicit-constructor)
  Workers(ThreadPool* pool = nullptr, const Cancellation* cancellation = nullptr)
      : pool_(pool), cancellation_(cancellation) {}

  ThreadPool* pool() const { return pool_; }
  const Cancellation* cancellation() const { return cancellation_; }

  // Throws WorkCancelled once the work is cancelled. A loop asks at least every tenth of a second.
  void Check() const { CheckCancelled(cancellation_); }

 private:
  ThreadPool* pool_;
  const Cancellation* cancellation_;
};

// As ThreadPool::ParallelFor. Throws WorkCancelled when the work is cancelled before each body has begun.
inline void ParallelFor(Workers workers, int64_t count, absl::FunctionRef<void(int64_t)> body) {
  if (workers.cancellation() == nullptr) return ParallelFor(workers.pool(), count, body);
  ParallelFor(workers.pool(), count, [&](int64_t i) {
    workers.Check();
    body(i);
  });
}

}  // namespace mlfsc

#endif  // MLFSC_CORE_BASE_WORKERS_H_
