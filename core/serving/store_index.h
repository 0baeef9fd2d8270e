// What the store holds, as it was last looked at.
#ifndef MLFSC_CORE_SERVING_STORE_INDEX_H_
#define MLFSC_CORE_SERVING_STORE_INDEX_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/mutex.h"
#include "core/bundle/bundle_store.h"

namespace mlfsc {

// The listings of a store's categories, kept in memory: List, Get and HasVersion wait for no disk and no lock
// of another process. They tell what the last Read of the category found. A version's files do not change, so
// a category is read again only when it has other versions, or one that could not be read. Thread-safe.
class StoreIndex {
 public:
  // `store` outlives the index.
  explicit StoreIndex(const BundleStore* store) : store_(store) {}

  // Looks at the category in the store. A look that began later counts, whichever ends first.
  void Read(const std::string& category);
  // Looks at those of `there`, the store's categories, that have changed or are new, and lets go of others.
  void Refresh(const std::vector<std::string>& there);
  // From now on the index has all that there is: a name that it does not have is unknown.
  void SetComplete();

  bool complete() const;
  // By name.
  std::vector<CategoryListing> List() const;
  // NotFound, with a name that is alike.
  absl::StatusOr<CategoryListing> Get(const std::string& category) const;
  // NotFound when the category has no such version, or is none.
  absl::Status CheckVersion(const std::string& category, int64_t version) const;
  // nullopt for a version that is not there or whose manifest cannot be read.
  std::optional<Provenance> ProvenanceOf(const std::string& category, int64_t version) const;
  std::vector<std::string> Names() const;

 private:
  struct Entry {
    // Of the look that found it; more is later.
    int64_t look = 0;
    // Null: the category was not there.
    std::shared_ptr<const CategoryListing> listing;
  };

  bool HasChanged(const std::string& category) const;
  std::shared_ptr<const CategoryListing> ListingOf(const std::string& category) const;

  const BundleStore* const store_;
  mutable Mutex mutex_;
  bool complete_ ABSL_GUARDED_BY(mutex_) = false;
  int64_t looks_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_SERVING_STORE_INDEX_H_
