// What a catalog changes in the store, and what is read of it for that.
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/bundle/bundle_archive.h"
#include "core/serving/catalog.h"

namespace mlfsc {

absl::StatusOr<int64_t> Catalog::NewestVersionNumber(const std::string& category, int64_t version) {
  absl::StatusOr<int64_t> number = VersionNumber(category, version);
  if (!absl::IsNotFound(number.status()) || !index_.complete()) return number;
  FollowChange(category);
  return VersionNumber(category, version);
}

void Catalog::FollowChange(const std::string& category) {
  index_.Read(category);
  RefreshCategory(category);
}

absl::Status Catalog::CheckPublish(const std::string& category) const {
  return index_.complete() ? store_->CheckPublish(category, index_.Names()) : store_->CheckPublish(category);
}

absl::StatusOr<int64_t> Catalog::Publish(const std::string& category, const Bundle& bundle, bool activate) {
  absl::StatusOr<int64_t> version = store_->Publish(category, bundle, activate);
  // Loaded now, by whoever publishes, so that the first picture does not wait for it. What was written is
  // read back; should it be damaged, the one before answers on.
  if (version.ok()) FollowChange(category);
  // With a new version old ones retire.
  if (version.ok()) DropGone();
  return version;
}

absl::Status Catalog::Activate(const std::string& category, int64_t version) {
  if (version < 1) {
    return absl::InvalidArgumentError(absl::StrCat("version is ", version, "; versions begin at 1"));
  }
  const absl::StatusOr<int64_t> number = NewestVersionNumber(category, version);
  absl::Status status = number.ok() ? Acquire(category, version).status() : number.status();
  if (status.ok()) status = store_->Activate(category, version);
  if (status.ok()) FollowChange(category);
  return status;
}

absl::Status Catalog::Delete(const std::string& category, int64_t version) {
  if (absl::Status status = store_->Delete(category, version); !status.ok()) return status;
  models_.Drop({category, version});
  FollowChange(category);
  return absl::OkStatus();
}

absl::Status Catalog::DeleteCategory(const std::string& category) {
  if (absl::Status status = store_->DeleteCategory(category); !status.ok()) return status;
  models_.DropCategory(category);
  FollowChange(category);
  return absl::OkStatus();
}

absl::StatusOr<int64_t> Catalog::SetThreshold(const ThresholdRequest& request) {
  absl::StatusOr<Bundle> bundle = LoadBundle(request.category, request.version);
  if (!bundle.ok()) return bundle.status();
  absl::StatusOr<Manifest> manifest = WithLimit(std::move(bundle->manifest), request.limit);
  if (!manifest.ok()) return manifest.status();
  bundle->manifest = *std::move(manifest);
  bundle->manifest.provenance.create_time = clock_->WallNow();
  return Publish(request.category, *bundle, request.activate);
}

absl::StatusOr<Bundle> Catalog::LoadBundle(const std::string& category, int64_t version) {
  const absl::StatusOr<int64_t> number = NewestVersionNumber(category, version);
  if (!number.ok()) return number.status();
  return LoadBundle({category, *number});
}

absl::StatusOr<std::string> Catalog::Export(const std::string& category, int64_t version) {
  const absl::StatusOr<int64_t> number = NewestVersionNumber(category, version);
  if (!number.ok()) return number.status();
  // Of another backbone, too: it is not to answer here.
  absl::StatusOr<Bundle> bundle = store_->Load(category, *number);
  if (!bundle.ok()) return bundle.status();
  return SerialiseArchive({category, *number, *std::move(bundle)});
}

absl::StatusOr<ImportedVersion> Catalog::Import(const ImportRequest& request, const std::string& file) {
  absl::StatusOr<ArchivedBundle> archived = ParseArchive(file);
  if (!archived.ok()) return archived.status();
  ImportedVersion imported;
  imported.category = request.category.empty() ? archived->category : request.category;
  if (const absl::Status status =
          CheckBackbone({archived->category, archived->version}, archived->bundle.manifest);
      !status.ok()) {
    return status;
  }
  const absl::StatusOr<int64_t> version = Publish(imported.category, archived->bundle, request.activate);
  if (!version.ok()) return version.status();
  imported.version = *version;
  imported.manifest = std::move(archived->bundle.manifest);
  return imported;
}

}  // namespace mlfsc
