// The categories that a server answers for: the store's bundles, loaded.
#ifndef MLFSC_CORE_SERVING_CATALOG_H_
#define MLFSC_CORE_SERVING_CATALOG_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/mutex.h"
#include "core/bundle/bundle_store.h"
#include "core/serving/category_model.h"

namespace mlfsc {

// Thread-safe. A model stays alive as long as somebody holds it, also after its version was deleted.
class Catalog {
 public:
  // `backbone_sha256`: of the server's backbone; bundles that were learnt on another are refused.
  Catalog(BundleStore* store, std::string backbone_sha256);

  // Loads what is active. Returns what is wrong with each category that cannot serve; the others serve on.
  std::map<std::string, absl::Status> LoadActive();

  // The model of `version`, 0 for the active one, loaded if need be (concurrent callers load it once).
  // NotFound, FailedPrecondition (no active version; another backbone: says which is needed), DataLoss.
  absl::StatusOr<std::shared_ptr<const CategoryModel>> Acquire(const std::string& category, int64_t version);

  // Publishes, activates and deletes in the store and keeps the catalog in step.
  absl::StatusOr<int64_t> Publish(const std::string& category, const Bundle& bundle, bool activate);
  absl::Status Activate(const std::string& category, int64_t version);
  absl::Status Delete(const std::string& category, int64_t version);

  absl::StatusOr<std::vector<CategoryListing>> List() const { return store_->List(); }
  absl::StatusOr<CategoryListing> Get(const std::string& category) const { return store_->Get(category); }

  const std::string& backbone_sha256() const { return backbone_sha256_; }

 private:
  BundleStore* const store_;
  const std::string backbone_sha256_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_SERVING_CATALOG_H_
