#include "core/serving/catalog.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/base/unshared.h"
#include "core/bundle/bundle_archive.h"

namespace mlfsc {

Catalog::Catalog(BundleStore* store, std::string backbone_sha256, Clock* clock, const CatalogOptions& options)
    : store_(store), backbone_sha256_(std::move(backbone_sha256)), clock_(clock), options_(options) {}

std::map<std::string, absl::Status> Catalog::LoadActive() {
  std::map<std::string, absl::Status> errors;
  const absl::StatusOr<std::vector<CategoryListing>> listings = store_->List();
  if (!listings.ok()) return errors;
  for (const CategoryListing& listing : *listings) {
    if (listing.active_version == 0) continue;
    const auto active = std::find_if(
        listing.versions.begin(), listing.versions.end(),
        [&listing](const VersionListing& version) { return version.version == listing.active_version; });
    absl::Status status;
    if (IsFull() && active != listing.versions.end() && active->manifest.ok()) {
      status = CheckBackbone({listing.category, listing.active_version}, *active->manifest);
    } else {
      status = AcquireVersion({listing.category, listing.active_version}).status();
    }
    if (!status.ok()) errors.emplace(listing.category, status);
  }
  return errors;
}

absl::StatusOr<Catalog::Model> Catalog::Acquire(const std::string& category, int64_t version) {
  const absl::StatusOr<int64_t> number = VersionNumber(category, version);
  if (!number.ok()) return number.status();
  return AcquireVersion({category, *number});
}

absl::StatusOr<int64_t> Catalog::VersionNumber(const std::string& category, int64_t version) const {
  if (const absl::Status status = ValidateCategoryName(category); !status.ok()) return status;
  if (version < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("version is ", version, "; versions begin at 1, and 0 means the active one"));
  }
  if (version > 0) return version;
  const absl::StatusOr<int64_t> active = store_->ActiveVersion(category);
  if (active.ok() && *active == 0) {
    return absl::FailedPreconditionError(absl::StrCat("category ", category, " has no active version"));
  }
  return active;
}

absl::StatusOr<int64_t> Catalog::Publish(const std::string& category, const Bundle& bundle, bool activate) {
  const absl::StatusOr<int64_t> version = store_->Publish(category, bundle, activate);
  // Loaded now, by whoever publishes, so that the first picture does not wait for it. What was written is
  // read back; should it be damaged, those who ask for it will be told.
  if (version.ok() && activate) AcquireVersion({category, *version}).IgnoreError();
  return version;
}

absl::Status Catalog::Activate(const std::string& category, int64_t version) {
  if (version < 1) {
    return absl::InvalidArgumentError(absl::StrCat("version is ", version, "; versions begin at 1"));
  }
  if (const absl::Status status = Acquire(category, version).status(); !status.ok()) return status;
  return store_->Activate(category, version);
}

absl::Status Catalog::Delete(const std::string& category, int64_t version) {
  if (const absl::Status status = store_->Delete(category, version); !status.ok()) return status;
  MutexLock lock(&mutex_);
  slots_.erase({category, version});
  return absl::OkStatus();
}

absl::Status Catalog::DeleteCategory(const std::string& category) {
  if (const absl::Status status = store_->DeleteCategory(category); !status.ok()) return status;
  MutexLock lock(&mutex_);
  slots_.erase(slots_.lower_bound({category, 0}), slots_.upper_bound({category, kMaxVersion}));
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

absl::StatusOr<Bundle> Catalog::LoadBundle(const std::string& category, int64_t version) const {
  const absl::StatusOr<int64_t> number = VersionNumber(category, version);
  if (!number.ok()) return number.status();
  return LoadBundle({category, *number});
}

absl::StatusOr<std::string> Catalog::Export(const std::string& category, int64_t version) const {
  const absl::StatusOr<int64_t> number = VersionNumber(category, version);
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

absl::StatusOr<Catalog::Model> Catalog::AcquireVersion(const Name& name) {
  std::shared_ptr<Slot> slot;
  {
    MutexLock lock(&mutex_);
    const absl::Time now = clock_->Now();
    const auto found = slots_.find(name);
    if (found != slots_.end()) {
      slot = found->second;
      mutex_.Await([&slot]() { return !slot->loading; });
      if (slot->model.ok()) {
        slot->time = std::max(slot->time, now);
        return slot->model;
      }
      if (now < slot->time + options_.retry_unusable_after) return Unshared(slot->model.status());
    }
    slot = std::make_shared<Slot>();
    slots_[name] = slot;
  }
  absl::StatusOr<Model> model = Load(name);
  MutexLock lock(&mutex_);
  slot->model = model.ok() ? model : absl::StatusOr<Model>(Unshared(model.status()));
  slot->time = clock_->Now();
  slot->loading = false;
  mutex_.SignalAll();
  Keep(name, slot);
  return model;
}

absl::StatusOr<Bundle> Catalog::LoadBundle(const Name& name) const {
  absl::StatusOr<Bundle> bundle = store_->Load(name.first, name.second);
  if (!bundle.ok()) return bundle;
  if (const absl::Status status = CheckBackbone(name, bundle->manifest); !status.ok()) return status;
  return bundle;
}

absl::StatusOr<Catalog::Model> Catalog::Load(const Name& name) const {
  absl::StatusOr<Bundle> bundle = LoadBundle(name);
  if (!bundle.ok()) return bundle.status();
  return CategoryModel::Make(name.first, name.second, *std::move(bundle), options_.make_coder);
}

absl::Status Catalog::CheckBackbone(const Name& name, const Manifest& manifest) const {
  const std::string& needed = manifest.provenance.backbone_sha256;
  if (manifest.options.features.source == FeatureSource::kPixels || needed == backbone_sha256_) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(absl::StrCat("category ", name.first, " version ", name.second,
                                                    " was learnt on the backbone with SHA-256 ", needed,
                                                    "; this server runs ", backbone_sha256_));
}

// Decides what stays of a slot that has been filled.
void Catalog::Keep(const Name& name, const std::shared_ptr<Slot>& slot) {
  const absl::StatusCode code = slot->model.status().code();
  const bool lasting = code == absl::StatusCode::kOk || code == absl::StatusCode::kDataLoss ||
                       code == absl::StatusCode::kFailedPrecondition;
  const auto mine = slots_.find(name);
  if (!lasting && mine != slots_.end() && mine->second == slot) slots_.erase(mine);
  while (static_cast<int>(slots_.size()) > options_.max_loaded) {
    const auto oldest = std::min_element(slots_.begin(), slots_.end(), [](const auto& a, const auto& b) {
      const auto age = [](const Slot& of) { return of.loading ? absl::InfiniteFuture() : of.time; };
      return age(*a.second) < age(*b.second);
    });
    if (oldest->second->loading) return;
    slots_.erase(oldest);
  }
}

bool Catalog::IsFull() const {
  MutexLock lock(&mutex_);
  return static_cast<int>(slots_.size()) >= options_.max_loaded;
}

}  // namespace mlfsc
