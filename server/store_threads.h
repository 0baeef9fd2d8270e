// Threads for what may wait for the store's disk or for a category's lock.
#ifndef MLFSC_SERVER_STORE_THREADS_H_
#define MLFSC_SERVER_STORE_THREADS_H_

#include <deque>
#include <functional>
#include <map>
#include <string>

#include "core/base/mutex.h"
#include "core/base/thread_pool.h"

namespace mlfsc {

// A category's tasks run one after the other, in the order they came, so that one that hangs holds one
// thread; those of others go on beside it, as long as fewer than kThreads categories hang. Thread-safe. The
// destructor runs what was scheduled and joins.
class StoreThreads {
 public:
  static constexpr int kThreads = 8;

  StoreThreads() = default;

  // `category`: empty for a task that waits for no other. `task` must not throw. Throws std::bad_alloc, and
  // has scheduled nothing, without memory for it.
  void Schedule(const std::string& category, std::function<void()> task);

 private:
  // Runs what waits for the category, until nothing does.
  void WorkOff(const std::string& category);

  Mutex mutex_;
  // A category is here while a thread works for it, or is about to.
  std::map<std::string, std::deque<std::function<void()>>> lines_ ABSL_GUARDED_BY(mutex_);
  // Last, so that its tasks end before what they use.
  ThreadPool pool_{kThreads, /*nice=*/0, "mlfsc-store"};
};

}  // namespace mlfsc

#endif  // MLFSC_SERVER_STORE_THREADS_H_
