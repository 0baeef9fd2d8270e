// Versions that are loaded.
#ifndef MLFSC_CORE_SERVING_MODEL_CACHE_H_
#define MLFSC_CORE_SERVING_MODEL_CACHE_H_

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/mutex.h"
#include "core/bundle/bundle_store.h"
#include "core/serving/category_model.h"

namespace mlfsc {

// Keeps at most so many models of so many bytes, and lets go of the one that was used longest ago; whoever holds a model keeps
// it alive. A version that cannot be used answers with its error, and is read again once its files have
// changed: a damaged bundle does not cost a read for every request, and one that was replaced serves soon.
// Thread-safe.
class ModelCache {
 public:
  using Name = std::pair<std::string, int64_t>;
  using Model = std::shared_ptr<const CategoryModel>;

  // What the cache is of; both are called without a lock held, from any thread. `load` may take long. `stamp`
  // tells two states of a version's files apart, without reading them.
  struct Source {
    std::function<absl::StatusOr<Model>(const Name& name)> load;
    std::function<VersionStamp(const Name& name)> stamp;
  };

  struct Limits {
    int models = 256;
    // Of their arrays' files; a model takes about 1.2 times that. One model stays however large it is.
    int64_t file_bytes = std::numeric_limits<int64_t>::max();
  };

  // `look_again_after`: how long an error is given without a look at the files. `clock` outlives the cache.
  ModelCache(Source source, const Limits& limits, absl::Duration look_again_after, Clock* clock);

  // Loads the version if need be; concurrent callers load it once. The errors of `load`; those that pass by
  // themselves (not DataLoss, not FailedPrecondition) are not kept.
  absl::StatusOr<Model> Acquire(const Name& name);

  // What Acquire would return at once; nullopt when it would look at files or wait for a load.
  std::optional<absl::StatusOr<Model>> Peek(const Name& name);

  // What is known to be wrong with a version; Ok when nothing is.
  absl::Status ErrorOf(const Name& name) const;
  // Whether another model would cost one its place.
  bool IsFull() const;

  // What is loaded.
  std::vector<Name> Loaded() const;

  // Lets go of a version; of all versions of a category.
  void Drop(const Name& name);
  void DropCategory(const std::string& category);

 private:
  struct Slot {
    bool loading = true;
    absl::StatusOr<Model> model;
    // Of a model: when it was last asked for. Of an error: when its files were last looked at.
    absl::Time time;
    // The files that it was read from, or found in.
    VersionStamp stamp;
  };

  // Of the models that are loaded.
  int64_t FileBytes() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Decides what stays of a slot that has been filled.
  void Keep(const Name& name, const std::shared_ptr<Slot>& slot) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Source source_;
  const Limits limits_;
  const absl::Duration look_again_after_;
  Clock* const clock_;

  mutable Mutex mutex_;
  std::map<Name, std::shared_ptr<Slot>> slots_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_SERVING_MODEL_CACHE_H_
