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
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/mutex.h"
#include "core/bundle/bundle_store.h"
#include "core/serving/category_model.h"
#include "core/serving/threshold.h"

namespace mlfsc {

struct CatalogOptions {
  // Models that are kept loaded, about 10 MB each with the default options; the one that was used longest ago
  // goes first and is loaded again when it is asked for.
  int max_loaded = 256;
  // How long a version that cannot be used answers with its error before it is read again: a damaged bundle
  // does not cost a read for every request, and one that was replaced serves soon.
  absl::Duration retry_unusable_after = absl::Seconds(5);
  // Of the models: coders for features as the server's extractor gives them.
  ResidualCoderFactory make_coder = MakeResidualCoder;
};

struct ImportRequest {
  // What to call it here; empty for the name in the file.
  std::string category;
  bool activate = true;
};

struct ImportedVersion {
  std::string category;
  int64_t version = 0;
  Manifest manifest;
};

// Thread-safe. A model stays alive as long as somebody holds it, also after its version was deleted. Which
// version is active is read from the store each time, a small file: other processes may change it.
class Catalog {
 public:
  // `backbone_sha256`: of the server's backbone; bundles that were learnt on another are refused (`pixels`
  // need none). `store` and `clock` outlive the catalog.
  Catalog(BundleStore* store, std::string backbone_sha256, Clock* clock = Clock::Real(),
          const CatalogOptions& options = {});

  // Loads what is active, as far as max_loaded goes, and checks the rest. Returns what is wrong with each
  // category that cannot serve; the others serve on. When the store cannot be listed nothing is loaded, and
  // List says why. May run while others Acquire.
  std::map<std::string, absl::Status> LoadActive();

  // The model of `version`, 0 for the active one, loaded if need be (concurrent callers load it once).
  // InvalidArgument for a name that cannot be one, NotFound, FailedPrecondition (no active version; another
  // backbone: says which is needed), DataLoss.
  absl::StatusOr<std::shared_ptr<const CategoryModel>> Acquire(const std::string& category, int64_t version);

  // Publishes, activates and deletes in the store and keeps the catalog in step. A version that this server
  // cannot use is not activated.
  absl::StatusOr<int64_t> Publish(const std::string& category, const Bundle& bundle, bool activate);
  absl::Status Activate(const std::string& category, int64_t version);
  absl::Status Delete(const std::string& category, int64_t version);
  // With all its versions.
  absl::Status DeleteCategory(const std::string& category);
  // Publishes a version with other limits; returns its number. What Acquire, WithLimit and Publish say.
  absl::StatusOr<int64_t> SetThreshold(const ThresholdRequest& request);

  // What is on disk of a version (0 = the active one), for a new version to be made of. As Acquire.
  absl::StatusOr<Bundle> LoadBundle(const std::string& category, int64_t version) const;

  // A version (0 = the active one) as one file (core/bundle/bundle_archive.h). As Acquire.
  absl::StatusOr<std::string> Export(const std::string& category, int64_t version) const;
  // Publishes what is in such a file, once all of it has been verified. What ParseArchive and Publish say,
  // and FailedPrecondition for a bundle of another backbone.
  absl::StatusOr<ImportedVersion> Import(const ImportRequest& request, const std::string& file);

  absl::StatusOr<std::vector<CategoryListing>> List() const { return store_->List(); }
  absl::StatusOr<CategoryListing> Get(const std::string& category) const { return store_->Get(category); }

  const std::string& backbone_sha256() const { return backbone_sha256_; }

 private:
  using Name = std::pair<std::string, int64_t>;
  using Model = std::shared_ptr<const CategoryModel>;
  // A version that is loaded, is being loaded, or cannot be used.
  struct Slot {
    bool loading = true;
    absl::StatusOr<Model> model;
    // Of a model: when it was last asked for. Of an error: when it was found.
    absl::Time time;
  };

  // A version's own number, or the active one's for 0.
  absl::StatusOr<int64_t> VersionNumber(const std::string& category, int64_t version) const;
  absl::StatusOr<Bundle> LoadBundle(const Name& name) const;
  absl::StatusOr<Model> AcquireVersion(const Name& name);
  absl::StatusOr<Model> Load(const Name& name) const;
  absl::Status CheckBackbone(const Name& name, const Manifest& manifest) const;
  void Keep(const Name& name, const std::shared_ptr<Slot>& slot) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool IsFull() const;

  BundleStore* const store_;
  const std::string backbone_sha256_;
  Clock* const clock_;
  const CatalogOptions options_;

  mutable Mutex mutex_;
  std::map<Name, std::shared_ptr<Slot>> slots_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_SERVING_CATALOG_H_
