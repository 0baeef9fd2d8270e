// Bundles on disk: <store>/<category>/<version>/{bundle.safetensors,manifest.json} and
// <store>/<category>/active.
//
// A version is written to a temporary folder, fsynced and renamed: a reader sees all of it or nothing.
// `active` is replaced atomically. Several processes may share a store; writers of one category take turns by
// an advisory lock that dies with its owner.
#ifndef MLFSC_CORE_BUNDLE_BUNDLE_STORE_H_
#define MLFSC_CORE_BUNDLE_BUNDLE_STORE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/bundle/bundle.h"

namespace mlfsc {

struct VersionListing {
  int64_t version = 0;
  // What is wrong with the version, when not Ok.
  absl::StatusOr<Manifest> manifest;
};

struct CategoryListing {
  std::string category;
  // 0 = none.
  int64_t active_version = 0;
  // Oldest first.
  std::vector<VersionListing> versions;
};

// 1 to 64 of a-z, A-Z, 0-9, '.', '_', '-', beginning with a letter or a digit; InvalidArgument otherwise.
absl::Status ValidateCategoryName(absl::string_view category);

// Thread-safe; nothing is cached.
class BundleStore {
 public:
  // Makes the folder when it is missing and removes temporary folders that no living writer owns.
  // FailedPrecondition or PermissionDenied when it cannot be used.
  static absl::StatusOr<std::unique_ptr<BundleStore>> Open(const std::string& folder);

  // Writes the next version (numbers go up and are never used twice) and, if asked, makes it active. On an
  // error nothing is left: ResourceExhausted when the disk is full, PermissionDenied, FailedPrecondition for
  // a read-only file system.
  absl::StatusOr<int64_t> Publish(const std::string& category, const Bundle& bundle, bool activate);

  // All categories, by name. Manifests only.
  absl::StatusOr<std::vector<CategoryListing>> List() const;
  // NotFound when there is no such category.
  absl::StatusOr<CategoryListing> Get(const std::string& category) const;
  // 0 when the category has none; NotFound when there is no such category.
  absl::StatusOr<int64_t> ActiveVersion(const std::string& category) const;

  // NotFound, or DataLoss that names file and damage.
  absl::StatusOr<Bundle> Load(const std::string& category, int64_t version) const;

  // NotFound; DataLoss when the version cannot be loaded.
  absl::Status Activate(const std::string& category, int64_t version);
  // NotFound; FailedPrecondition for the active version.
  absl::Status Delete(const std::string& category, int64_t version);

  const std::string& folder() const { return folder_; }

 private:
  explicit BundleStore(std::string folder);
  const std::string folder_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_BUNDLE_BUNDLE_STORE_H_
