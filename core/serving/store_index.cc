#include "core/serving/store_index.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/nearest_name.h"
#include "core/base/unshared.h"

namespace mlfsc {
namespace {

// That shares no status with `listing`.
CategoryListing CopyOf(const CategoryListing& listing) {
  CategoryListing copy;
  copy.category = listing.category;
  copy.active_version = listing.active_version;
  copy.status = Unshared(listing.status);
  copy.versions.reserve(listing.versions.size());
  for (const VersionListing& version : listing.versions) {
    copy.versions.push_back({version.version, version.manifest.ok() ? version.manifest
                                                                    : absl::StatusOr<Manifest>(Unshared(
                                                                          version.manifest.status()))});
  }
  return copy;
}

bool IsSound(const CategoryListing& listing) {
  if (!listing.status.ok()) return false;
  for (const VersionListing& version : listing.versions) {
    if (!version.manifest.ok()) return false;
  }
  return true;
}

}  // namespace

void StoreIndex::Read(const std::string& category) {
  int64_t look;
  {
    MutexLock lock(&mutex_);
    look = ++looks_;
  }
  absl::StatusOr<CategoryListing> listing = store_->Get(category);
  // With the store's folder gone no category can be told from one that never was.
  if (!listing.ok() && !store_->Categories().ok()) return;
  Entry entry{look, nullptr};
  if (listing.ok()) entry.listing = std::make_shared<const CategoryListing>(*std::move(listing));
  MutexLock lock(&mutex_);
  // Names that were made up leave nothing.
  if (entry.listing == nullptr && entries_.count(category) == 0) return;
  Entry& kept = entries_[category];
  if (kept.look < look) kept = std::move(entry);
}

void StoreIndex::Refresh(const std::vector<std::string>& there) {
  std::set<std::string> names(there.begin(), there.end());
  for (const std::string& known : Names()) names.insert(known);
  for (const std::string& category : names) {
    if (HasChanged(category)) Read(category);
  }
}

bool StoreIndex::HasChanged(const std::string& category) const {
  const std::shared_ptr<const CategoryListing> before = ListingOf(category);
  const absl::StatusOr<std::vector<int64_t>> versions = store_->Versions(category);
  if (before == nullptr) return !versions.ok() || !versions->empty();
  if (!versions.ok() || !IsSound(*before) || versions->size() != before->versions.size()) return true;
  for (size_t i = 0; i < versions->size(); ++i) {
    if ((*versions)[i] != before->versions[i].version) return true;
  }
  const absl::StatusOr<int64_t> active = store_->ActiveVersion(category);
  return !active.ok() || *active != before->active_version;
}

void StoreIndex::SetComplete() {
  MutexLock lock(&mutex_);
  complete_ = true;
}

bool StoreIndex::complete() const {
  MutexLock lock(&mutex_);
  return complete_;
}

std::vector<CategoryListing> StoreIndex::List() const {
  std::vector<std::shared_ptr<const CategoryListing>> listings;
  {
    MutexLock lock(&mutex_);
    for (const auto& [category, entry] : entries_) {
      if (entry.listing != nullptr) listings.push_back(entry.listing);
    }
  }
  std::vector<CategoryListing> copies;
  copies.reserve(listings.size());
  for (const auto& listing : listings) copies.push_back(CopyOf(*listing));
  return copies;
}

absl::StatusOr<CategoryListing> StoreIndex::Get(const std::string& category) const {
  const std::shared_ptr<const CategoryListing> listing = ListingOf(category);
  if (listing != nullptr) return CopyOf(*listing);
  return absl::NotFoundError(
      absl::StrCat("there is no category '", category, "'", DidYouMean(category, Names())));
}

absl::Status StoreIndex::CheckVersion(const std::string& category, int64_t version) const {
  const std::shared_ptr<const CategoryListing> listing = ListingOf(category);
  if (listing == nullptr) return Get(category).status();
  for (const VersionListing& one : listing->versions) {
    if (one.version == version) return absl::OkStatus();
  }
  return absl::NotFoundError(absl::StrCat("category '", category, "' has no version ", version));
}

std::optional<Provenance> StoreIndex::ProvenanceOf(const std::string& category, int64_t version) const {
  const std::shared_ptr<const CategoryListing> listing = ListingOf(category);
  if (listing == nullptr) return std::nullopt;
  for (const VersionListing& one : listing->versions) {
    if (one.version == version && one.manifest.ok()) return one.manifest->provenance;
  }
  return std::nullopt;
}

std::vector<std::string> StoreIndex::Names() const {
  std::vector<std::string> names;
  MutexLock lock(&mutex_);
  for (const auto& [category, entry] : entries_) {
    if (entry.listing != nullptr) names.push_back(category);
  }
  return names;
}

std::shared_ptr<const CategoryListing> StoreIndex::ListingOf(const std::string& category) const {
  MutexLock lock(&mutex_);
  const auto found = entries_.find(category);
  return found == entries_.end() ? nullptr : found->second.listing;
}

}  // namespace mlfsc
