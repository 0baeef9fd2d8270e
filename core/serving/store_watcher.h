// Keeps a catalog in step with a store that others change too.
#ifndef MLFSC_CORE_SERVING_STORE_WATCHER_H_
#define MLFSC_CORE_SERVING_STORE_WATCHER_H_

#include <atomic>
#include <memory>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/mutex.h"
#include "core/base/thread_pool.h"
#include "core/serving/catalog.h"
#include "core/serving/catalog_observer.h"

namespace mlfsc {

struct StoreWatcherOptions {
  // How often the store is looked at.
  absl::Duration poll = absl::Seconds(2);
  // That check and load at the start. At least 1.
  int threads = 1;
};

// Checks the store when it starts, then loads in the background what answers, in what others leave of the
// machine, and looks at the store every so often. While it lives the catalog tells `observer`. The destructor
// stops and waits for its threads: for a file system that hangs as long as that does.
class StoreWatcher {
 public:
  // All pointers outlive the watcher.
  StoreWatcher(const StoreWatcherOptions& options, Catalog* catalog, CatalogObserver* observer, Clock* clock);
  ~StoreWatcher();
  StoreWatcher(const StoreWatcher&) = delete;
  StoreWatcher& operator=(const StoreWatcher&) = delete;

  // Returns when the observer knows of every category. What Catalog::CheckAll says; nothing runs then.
  absl::Status Start();

 private:
  void Watch();

  const StoreWatcherOptions options_;
  Catalog* const catalog_;
  CatalogObserver* const observer_;
  Clock* const clock_;
  std::atomic<bool> stopping_{false};
  Mutex mutex_;
  // Last, so that they end before what they use. The threads of `loading_` share the work of the first of
  // them.
  std::unique_ptr<ThreadPool> loading_;
  std::thread watch_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_SERVING_STORE_WATCHER_H_
