// The categories that a server answers for: the store's bundles, loaded.
#ifndef MLFSC_CORE_SERVING_CATALOG_H_
#define MLFSC_CORE_SERVING_CATALOG_H_

#include <cstdint>
#include <functional>
#include <map>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/mutex.h"
#include "core/base/thread_pool.h"
#include "core/bundle/bundle_store.h"
#include "core/features/feature_extractor.h"
#include "core/serving/catalog_observer.h"
#include "core/serving/category_model.h"
#include "core/serving/model_cache.h"
#include "core/serving/store_index.h"
#include "core/serving/threshold.h"

namespace mlfsc {

struct CatalogOptions {
  // Models that are kept loaded, about 10 MB each with the default options; the one that was used longest ago
  // goes first and is loaded again when it is asked for.
  int max_loaded = 256;
  // And of so many bytes of their files at most; one stays however large it is.
  int64_t max_loaded_bytes = std::numeric_limits<int64_t>::max();
  // How long a version that cannot be used answers with its error before its files are looked at again.
  absl::Duration retry_unusable_after = absl::Seconds(5);
  // How the server computes features; what was learnt otherwise is told of.
  FeatureArithmetic arithmetic;
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

// Which version of a category answers, and what the store holds (StoreIndex), is kept in memory: no request
// waits for the store's disk. It follows what this catalog changes at once, and what others change with the
// next Refresh: once CheckAll has seen the store, a name or version that is not in memory is unknown, and
// asking for it, however often, costs no look at the disk. What changes something looks for itself. The
// version that `active` names is taken once it has been loaded whole; until then, or when it is damaged, the
// one before answers on. Its memory is released when the last request that began with it has ended.
// Thread-safe.
class Catalog {
 public:
  // `backbone_sha256`: of the server's backbone; bundles that were learnt on another are refused (`pixels`
  // need none). `store` and `clock` outlive the catalog.
  Catalog(BundleStore* store, std::string backbone_sha256, Clock* clock = Clock::Real(),
          const CatalogOptions& options = {});

  // Told of every change from now on; null for nobody. Outlives the catalog, or is taken away again.
  void SetObserver(CatalogObserver* observer);

  // Reads every category's `active` and that version's manifest, on the pool (which may be null) and this
  // thread, and tells the observer of each. Arrays are not read: Preload or the first request finds what is
  // wrong with them. What List says when the store cannot be listed.
  absl::Status CheckAll(ThreadPool* pool);
  // Loads what answers, as far as max_loaded goes, and verifies the rest. Returns early when `stop` says so.
  void Preload(ThreadPool* pool, const std::function<bool()>& stop);
  // Takes what others have changed in the store. What List says when it cannot be listed: then all stays as
  // it is.
  absl::Status Refresh();

  // The model of `version`, 0 for the active one, loaded if need be (concurrent callers load it once).
  // InvalidArgument for a name that cannot be one, NotFound, FailedPrecondition (no active version; another
  // backbone: says which is needed), DataLoss.
  absl::StatusOr<std::shared_ptr<const CategoryModel>> Acquire(const std::string& category, int64_t version);
  // What Acquire says when memory holds the answer; nullopt when it would look at the disk or wait for a
  // load.
  std::optional<absl::StatusOr<std::shared_ptr<const CategoryModel>>> TryAcquire(const std::string& category,
                                                                                 int64_t version);

  // What Publish would refuse whatever the bundle.
  absl::Status CheckPublish(const std::string& category) const;
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
  absl::StatusOr<Bundle> LoadBundle(const std::string& category, int64_t version);

  // A version (0 = the active one) as one file (core/bundle/bundle_archive.h). As Acquire.
  absl::StatusOr<std::string> Export(const std::string& category, int64_t version);
  // Publishes what is in such a file, once all of it has been verified. What ParseArchive and Publish say,
  // and FailedPrecondition for a bundle of another backbone.
  absl::StatusOr<ImportedVersion> Import(const ImportRequest& request, const std::string& file);

  // Whether the category has been seen in the store, and not been seen to go since.
  bool Knows(const std::string& category) const { return ViewOf(category).has_value(); }

  // Categories that have a version that answers.
  int serving() const;

  // What the store held at the last look, and what was found wrong with it in loading.
  absl::StatusOr<std::vector<CategoryListing>> List() const;
  absl::StatusOr<CategoryListing> Get(const std::string& category) const;

  const std::string& backbone_sha256() const { return backbone_sha256_; }

 private:
  // What answers for a category.
  struct View {
    // What `active` says, or why it cannot be read.
    absl::StatusOr<int64_t> active = 0;
    // The version that answers; 0 = none.
    int64_t serving = 0;
    // Why `active` does not answer.
    absl::Status status;
  };

  // The number that 0 stands for; 0 when only a look at the store can tell.
  absl::StatusOr<int64_t> KnownVersion(const std::string& category, int64_t version) const;
  // The number that 0 stands for.
  absl::StatusOr<int64_t> VersionNumber(const std::string& category, int64_t version);
  // The same, also of what others have published since the last look.
  absl::StatusOr<int64_t> NewestVersionNumber(const std::string& category, int64_t version);
  // Takes what has been changed in the category.
  void FollowChange(const std::string& category);
  absl::StatusOr<Bundle> LoadBundle(const ModelCache::Name& name) const;
  absl::StatusOr<ModelCache::Model> Load(const ModelCache::Name& name) const;
  absl::Status CheckBackbone(const ModelCache::Name& name, const Manifest& manifest) const;
  void AddErrors(CategoryListing* listing) const;
  std::string NoteOf(const Provenance& learnt) const;

  // As the store's ActiveVersion; NotFound only when the store is there.
  absl::StatusOr<int64_t> ReadActive(const std::string& category) const;
  // Reads `active` again; loads what it names when that is new, or its last load has failed.
  void RefreshCategory(const std::string& category);
  // Lets go of versions that are no more in the store: retired, or deleted by whichever server.
  void DropGone();
  std::optional<View> ViewOf(const std::string& category) const;
  std::vector<std::string> ViewNames() const;
  // Sets what answers, and tells the observer when that is a change.
  void SetView(const std::string& category, const View& view) ABSL_EXCLUSIVE_LOCKS_REQUIRED(refresh_mutex_);
  void RemoveView(const std::string& category) ABSL_EXCLUSIVE_LOCKS_REQUIRED(refresh_mutex_);

  BundleStore* const store_;
  const std::string backbone_sha256_;
  Clock* const clock_;
  const CatalogOptions options_;
  ModelCache models_;
  StoreIndex index_;

  // Held while `active` is read and its view set: the view that is set last was read last. Before mutex_.
  Mutex refresh_mutex_;
  CatalogObserver* observer_ ABSL_GUARDED_BY(refresh_mutex_) = nullptr;
  mutable Mutex mutex_;
  std::map<std::string, View> views_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_SERVING_CATALOG_H_
