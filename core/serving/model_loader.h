// Loads versions for the pictures that wait for them, on threads that do nothing else.
#ifndef MLFSC_CORE_SERVING_MODEL_LOADER_H_
#define MLFSC_CORE_SERVING_MODEL_LOADER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/mutex.h"
#include "core/base/thread_pool.h"
#include "core/base/cancellation.h"
#include "core/serving/category_model.h"

namespace mlfsc {

struct ModelLoaderOptions {
  // Versions that load at once; a disk that hangs on one holds one of these and nobody else. At least 1.
  int threads = 4;
  // Waiters for one version, and twice as many in all; one more is refused.
  int capacity = 64;
};

// Thread-safe. The destructor loads what was asked for, and waits for it.
class ModelLoader {
 public:
  using Model = std::shared_ptr<const CategoryModel>;
  // May take long: Catalog::Acquire. Called from the loader's threads, for one name on one thread at a time.
  using Load = std::function<absl::StatusOr<Model>(const std::string& category, int64_t version)>;

  struct Waiter {
    // Once, from a thread of the loader or one that calls Add. Must not throw.
    std::function<void(absl::StatusOr<Model>)> done;
    // Of the clock; a waiter whose time is over, or that is cancelled, gives its place to another.
    absl::Time deadline = absl::InfiniteFuture();
    // May be null.
    std::shared_ptr<const Cancellation> cancellation;
  };

  // `clock` outlives the loader.
  ModelLoader(const ModelLoaderOptions& options, Load load, Clock* clock);

  // Loads the version (0 = the active one), once for all that wait for it. ResourceExhausted with a
  // RetryDelay when too many wait. Throws std::bad_alloc, and `done` is not called, without memory for the
  // waiter.
  void Add(const std::string& category, int64_t version, Waiter waiter);

 private:
  using Name = std::pair<std::string, int64_t>;

  // Answers those for whom a model would come too late.
  void AnswerLate();
  void LoadOne(const Name& name);

  const ModelLoaderOptions options_;
  const Load load_;
  Clock* const clock_;
  Mutex mutex_;
  // A name is here while a task for it is scheduled or runs.
  std::map<Name, std::vector<Waiter>> waiting_ ABSL_GUARDED_BY(mutex_);
  int waiters_ ABSL_GUARDED_BY(mutex_) = 0;
  // Last, so that its tasks end before what they use.
  ThreadPool pool_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_SERVING_MODEL_LOADER_H_
