// Bundles on disk: <store>/<category>/<version>/{bundle.safetensors,manifest.json} and
// <store>/<category>/active.
//
// A version is written to a temporary folder, fsynced and renamed: a reader sees all of it or nothing.
// `active` is replaced atomically. Several processes may share a store; writers of one category take turns by
// an advisory lock that dies with its owner (core/bundle/category_writer.h has the steps).
#ifndef MLFSC_CORE_BUNDLE_BUNDLE_STORE_H_
#define MLFSC_CORE_BUNDLE_BUNDLE_STORE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/bundle/bundle.h"
#include "core/bundle/category_folder.h"
#include "core/bundle/file_system.h"

namespace mlfsc {

class CategoryWriter;

struct VersionListing {
  int64_t version = 0;
  // What is wrong with the version, when not Ok.
  absl::StatusOr<Manifest> manifest;
  // ArithmeticNote, where a catalog lists it.
  std::string note{};
};

struct CategoryListing {
  std::string category;
  // 0 = none.
  int64_t active_version = 0;
  // Oldest first.
  std::vector<VersionListing> versions;
  // Why the folder, or its `active`, cannot be read; what depends on it is left empty then.
  absl::Status status;
};

// 1 to 64 of a-z, A-Z, 0-9, '.', '_', '-', beginning with a letter or a digit; InvalidArgument otherwise.
absl::Status ValidateCategoryName(absl::string_view category);

struct StoreOptions {
  // Nothing is ever written, not even a lock: for replicas that only score, and for read-only file systems.
  bool read_only = false;
  // After a publication only so many of a category's newest versions stay, and the active one; 0 = all.
  int keep_versions = 0;
  // The next category is refused; 0 = no limit. Two writers that add categories at once may go beyond by one.
  int max_categories = 0;
  // How long a change waits for whoever is changing the same category, in this process or another.
  absl::Duration lock_timeout = absl::Seconds(10);
  // Outlives the store.
  FileSystem* files = FileSystem::Real();
};

// Thread-safe; nothing is cached. Every method that takes a category answers InvalidArgument for a name that
// ValidateCategoryName refuses.
class BundleStore {
 public:
  // Makes the folder when it is missing and removes what killed writers left. FailedPrecondition or
  // PermissionDenied when it cannot be used.
  static absl::StatusOr<std::unique_ptr<BundleStore>> Open(const std::string& folder,
                                                           const StoreOptions& options = {});

  // Writes the next version (numbers go up and are never used twice) and, if asked, makes it active. On an
  // error nothing is left: ResourceExhausted when the disk is full, PermissionDenied, FailedPrecondition for
  // a read-only store or file system, Internal for a bundle that could not be loaded again, Unavailable when
  // another process or thread changes the category for longer than `lock_timeout`: the message names it.
  absl::StatusOr<int64_t> Publish(const std::string& category, const Bundle& bundle, bool activate);

  // What Publish would refuse before it looks at the bundle: InvalidArgument, FailedPrecondition for a
  // read-only store, ResourceExhausted for one category too many.
  absl::Status CheckPublish(const std::string& category) const;
  // The same without a look at the disk. `categories`: those that have a version.
  absl::Status CheckPublish(const std::string& category, const std::vector<std::string>& categories) const;

  // Names of the folders that may be categories; some may have no version.
  absl::StatusOr<std::vector<std::string>> Categories() const;
  // All categories that have a version, by name. Manifests, and the sizes of what they describe.
  absl::StatusOr<std::vector<CategoryListing>> List() const;
  // NotFound when there is no such category.
  absl::StatusOr<CategoryListing> Get(const std::string& category) const;
  // 0 when the category has none; NotFound when there is no such category; DataLoss when `active` is damaged
  // (Activate mends that).
  absl::StatusOr<int64_t> ActiveVersion(const std::string& category) const;

  // The manifest of a version whose arrays' file has the right size; that is not read. As Load.
  absl::StatusOr<Manifest> CheckVersion(const std::string& category, int64_t version) const;
  // Numbers of the category's versions, sound or not, oldest first; none when there is no such category.
  // `category`: a valid name. What List says of a folder that cannot be read.
  absl::StatusOr<std::vector<int64_t>> Versions(const std::string& category) const;
  // Whether there is such a version, sound or not. `category`: a valid name. What Publish says when it cannot
  // be known.
  absl::StatusOr<bool> HasVersion(const std::string& category, int64_t version) const;
  // Tells two states of a version's files apart. `category`: a valid name.
  VersionStamp Stamp(const std::string& category, int64_t version) const;

  // NotFound, DataLoss that names file and damage, or FailedPrecondition for a newer format.
  absl::StatusOr<Bundle> Load(const std::string& category, int64_t version) const;

  // NotFound; what Load says when the version cannot be loaded; what Publish says when it cannot be written.
  absl::Status Activate(const std::string& category, int64_t version);
  // NotFound; FailedPrecondition for the active version; what Publish says when it cannot be done.
  absl::Status Delete(const std::string& category, int64_t version);
  // The category with all its versions, at once for every reader. A later one of the same name goes on with
  // the version numbers. NotFound; what Publish says when it cannot be done.
  absl::Status DeleteCategory(const std::string& category);

  // Changes that wait for another's turn end with Unavailable within a tenth of a second, and from now on none
  // waits longer.
  void StopWaiting() { stopping_ = true; }

  const std::string& folder() const { return folder_; }

 private:
  BundleStore(std::string folder, const StoreOptions& options);

  // Keeps `keep_versions`.
  void RetireVersions(CategoryWriter* writer) const;
  absl::Status CheckWritable(const std::string& category) const;
  CategoryFolder FolderOf(const std::string& category) const;
  // Waits for it as long as `lock_timeout`.
  absl::StatusOr<std::unique_ptr<CategoryWriter>> BeginTurn(const std::string& category) const;
  CategoryListing ListingOf(const std::string& category) const;

  const std::string folder_;
  const StoreOptions options_;
  std::atomic<bool> stopping_{false};
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_BUNDLE_BUNDLE_STORE_H_
