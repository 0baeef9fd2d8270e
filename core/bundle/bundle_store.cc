#include "core/bundle/bundle_store.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/clock.h"
#include "core/base/nearest_name.h"
#include "core/bundle/category_writer.h"
#include "core/bundle/quoted.h"

namespace mlfsc {
namespace {

// Listings of a category whose versions all go while it is looked at, before it counts as empty.
constexpr int kMostLooks = 100;
// After so long a wait for a lock it is asked whether the server is ending.
constexpr absl::Duration kWaitPiece = absl::Milliseconds(100);
// Not zero, which would not tell who holds it.
constexpr absl::Duration kShortestWait = absl::Milliseconds(1);

absl::Status NoVersion(const std::string& category, int64_t version) {
  return absl::NotFoundError(absl::StrCat("category '", category, "' has no version ", version));
}

// `all`: those that there are, for a hint.
absl::Status NoCategory(const std::string& category, const std::vector<std::string>& all) {
  return absl::NotFoundError(
      absl::StrCat("there is no category '", category, "'", DidYouMean(category, all)));
}

// Of a store's folder: what is not there, or there as something else, is the caller's configuration.
absl::Status FolderError(const absl::Status& status) {
  if (!absl::IsNotFound(status) && !absl::IsAlreadyExists(status)) return status;
  return absl::FailedPreconditionError(status.message());
}

// Makes the folder and those above it that are missing.
absl::Status CreateFolders(FileSystem* files, const std::filesystem::path& folder) {
  const std::filesystem::path above = folder.has_parent_path() ? folder.parent_path() : ".";
  absl::Status status = files->CreateFolder(folder.string());
  if (absl::IsNotFound(status) && above != folder) {
    status = CreateFolders(files, above);
    if (status.ok()) status = files->CreateFolder(folder.string());
  }
  if (absl::IsAlreadyExists(status)) return absl::OkStatus();
  if (status.ok()) status = files->SyncFolder(above.string());
  return status;
}

}  // namespace

absl::Status ValidateCategoryName(absl::string_view category) {
  if (IsCategoryName(category)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("category name ", Quoted(category),
                   " is not 1 to 64 of a-z, A-Z, 0-9, '.', '_', '-', beginning with a letter or a digit"));
}

BundleStore::BundleStore(std::string folder, const StoreOptions& options)
    : folder_(std::move(folder)), options_(options) {}

absl::StatusOr<std::unique_ptr<BundleStore>> BundleStore::Open(const std::string& folder,
                                                               const StoreOptions& options) {
  if (!options.read_only) {
    if (const absl::Status status = CreateFolders(options.files, folder); !status.ok()) {
      return FolderError(status);
    }
  }
  const absl::StatusOr<std::vector<FolderEntry>> entries = options.files->List(folder);
  if (!entries.ok()) return FolderError(entries.status());
  if (!options.read_only) {
    for (const FolderEntry& entry : *entries) {
      // A category that cannot be cleaned is read as well as before; who writes there will be told why.
      if (entry.is_folder && IsCategoryName(entry.name)) {
        CategoryWriter::Clean(options.files, folder, entry.name).IgnoreError();
      }
    }
  }
  return std::unique_ptr<BundleStore>(new BundleStore(folder, options));
}

absl::Status BundleStore::CheckWritable(const std::string& category) const {
  if (absl::Status valid = ValidateCategoryName(category); !valid.ok()) return valid;
  if (!options_.read_only) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("the store ", folder_, " is read-only for this server"));
}

CategoryFolder BundleStore::FolderOf(const std::string& category) const {
  return CategoryFolder(options_.files, folder_, category);
}

absl::StatusOr<std::unique_ptr<CategoryWriter>> BundleStore::BeginTurn(const std::string& category) const {
  Clock* const clock = Clock::Real();
  const absl::Time end = clock->Now() + options_.lock_timeout;
  while (true) {
    const absl::Duration wait = std::min(kWaitPiece, end - clock->Now());
    absl::StatusOr<std::unique_ptr<CategoryWriter>> writer =
        CategoryWriter::Begin(options_.files, folder_, category, std::max(wait, kShortestWait));
    if (!absl::IsUnavailable(writer.status())) return writer;
    if (stopping_) {
      return absl::UnavailableError(absl::StrCat(writer.status().message(), "; this server is ending"));
    }
    if (clock->Now() < end) continue;
    return absl::UnavailableError(absl::StrCat(writer.status().message(), "; gave up after ",
                                               absl::FormatDuration(options_.lock_timeout)));
  }
}

absl::StatusOr<int64_t> BundleStore::Publish(const std::string& category, const Bundle& bundle,
                                             bool activate) {
  if (const absl::Status status = CheckPublish(category); !status.ok()) return status;
  const BundleFiles files = SerialiseBundle(bundle);
  // Nothing goes out that nobody could load.
  if (const absl::Status status = ParseBundle(files).status(); !status.ok()) {
    return absl::InternalError(
        absl::StrCat("the bundle of category '", category, "' is not valid: ", status.message()));
  }
  absl::StatusOr<std::unique_ptr<CategoryWriter>> writer = BeginTurn(category);
  if (!writer.ok()) return writer.status();
  absl::StatusOr<int64_t> version = (*writer)->AddVersion(files);
  if (!version.ok()) return version;
  const absl::Status activated = activate ? (*writer)->SetActive(*version) : absl::OkStatus();
  if (activated.ok()) {
    RetireVersions(writer->get());
    return version;
  }
  // Not when it answers in spite of the error: a version whole and active is better than none.
  const absl::StatusOr<int64_t> active = (*writer)->folder().ReadNumber(kActiveFile);
  if (active.ok() && *active != *version) (*writer)->RemoveVersion(*version).IgnoreError();
  return activated;
}

void BundleStore::RetireVersions(CategoryWriter* writer) const {
  if (options_.keep_versions == 0) return;
  const absl::StatusOr<int64_t> active = writer->folder().ActiveVersion();
  const absl::StatusOr<std::vector<int64_t>> versions = writer->folder().Versions();
  if (!active.ok() || !versions.ok()) return;
  const auto kept = static_cast<size_t>(options_.keep_versions);
  for (size_t i = 0; i + kept < versions->size(); ++i) {
    // What cannot be removed now goes after the next publication.
    if ((*versions)[i] != *active) writer->RemoveVersion((*versions)[i]).IgnoreError();
  }
}

absl::Status BundleStore::CheckPublish(const std::string& category) const {
  if (absl::Status status = CheckWritable(category); !status.ok()) return status;
  if (options_.max_categories == 0) return absl::OkStatus();
  const absl::StatusOr<std::vector<std::string>> names = Categories();
  if (!names.ok()) return names.status();
  std::vector<std::string> categories;
  for (const std::string& name : *names) {
    const absl::StatusOr<std::vector<int64_t>> versions = FolderOf(name).Versions();
    if (!versions.ok() || !versions->empty()) categories.push_back(name);
  }
  return CheckPublish(category, categories);
}

absl::Status BundleStore::CheckPublish(const std::string& category,
                                       const std::vector<std::string>& categories) const {
  if (absl::Status status = CheckWritable(category); !status.ok()) return status;
  if (options_.max_categories == 0 || static_cast<int>(categories.size()) < options_.max_categories) {
    return absl::OkStatus();
  }
  if (std::find(categories.begin(), categories.end(), category) != categories.end()) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat("the store has ", categories.size(),
                                                   " categories; the limit is ", options_.max_categories));
}

absl::StatusOr<std::vector<std::string>> BundleStore::Categories() const {
  const absl::StatusOr<std::vector<FolderEntry>> entries = options_.files->List(folder_);
  if (!entries.ok()) return FolderError(entries.status());
  std::vector<std::string> names;
  for (const FolderEntry& entry : *entries) {
    if (entry.is_folder && IsCategoryName(entry.name)) names.push_back(entry.name);
  }
  return names;
}

absl::StatusOr<Manifest> BundleStore::CheckVersion(const std::string& category, int64_t version) const {
  if (const absl::Status valid = ValidateCategoryName(category); !valid.ok()) return valid;
  return FolderOf(category).CheckVersion(version);
}

absl::StatusOr<std::vector<int64_t>> BundleStore::Versions(const std::string& category) const {
  return FolderOf(category).Versions();
}

absl::StatusOr<bool> BundleStore::HasVersion(const std::string& category, int64_t version) const {
  return FolderOf(category).HasVersion(version);
}

VersionStamp BundleStore::Stamp(const std::string& category, int64_t version) const {
  return FolderOf(category).Stamp(version);
}

CategoryListing BundleStore::ListingOf(const std::string& category) const {
  const CategoryFolder folder = FolderOf(category);
  CategoryListing listing;
  listing.category = category;
  const absl::StatusOr<int64_t> active = folder.ActiveVersion();
  if (active.ok()) listing.active_version = *active;
  listing.status = active.status();
  bool deleted_meanwhile = true;
  // When all that were there have gone meanwhile, others may have come.
  for (int look = 0; look < kMostLooks && listing.versions.empty() && deleted_meanwhile; ++look) {
    deleted_meanwhile = false;
    const absl::StatusOr<std::vector<int64_t>> versions = folder.Versions();
    if (!versions.ok()) {
      listing.status = versions.status();
      return listing;
    }
    for (const int64_t version : *versions) {
      absl::StatusOr<Manifest> manifest = folder.CheckVersion(version);
      if (absl::IsNotFound(manifest.status())) {
        deleted_meanwhile = true;
      } else {
        listing.versions.push_back({version, std::move(manifest)});
      }
    }
  }
  return listing;
}

absl::StatusOr<std::vector<CategoryListing>> BundleStore::List() const {
  const absl::StatusOr<std::vector<std::string>> names = Categories();
  if (!names.ok()) return names.status();
  std::vector<CategoryListing> listings;
  for (const std::string& name : *names) {
    CategoryListing listing = ListingOf(name);
    if (!listing.versions.empty() || !listing.status.ok()) listings.push_back(std::move(listing));
  }
  return listings;
}

absl::StatusOr<CategoryListing> BundleStore::Get(const std::string& category) const {
  if (const absl::Status valid = ValidateCategoryName(category); !valid.ok()) return valid;
  CategoryListing listing = ListingOf(category);
  if (listing.versions.empty() && listing.status.ok()) {
    return NoCategory(category, Categories().value_or(std::vector<std::string>()));
  }
  return listing;
}

absl::StatusOr<int64_t> BundleStore::ActiveVersion(const std::string& category) const {
  if (const absl::Status valid = ValidateCategoryName(category); !valid.ok()) return valid;
  const CategoryFolder folder = FolderOf(category);
  absl::StatusOr<int64_t> active = folder.ActiveVersion();
  if (!active.ok() || *active > 0) return active;
  const absl::StatusOr<std::vector<int64_t>> versions = folder.Versions();
  if (!versions.ok()) return versions.status();
  if (versions->empty()) return NoCategory(category, {});
  return 0;
}

absl::StatusOr<Bundle> BundleStore::Load(const std::string& category, int64_t version) const {
  if (const absl::Status valid = ValidateCategoryName(category); !valid.ok()) return valid;
  return FolderOf(category).ReadBundle(version);
}

absl::Status BundleStore::Activate(const std::string& category, int64_t version) {
  if (absl::Status status = CheckWritable(category); !status.ok()) return status;
  // Without a turn first: a category that is not there gets no folder.
  if (absl::Status status = Load(category, version).status(); !status.ok()) return status;
  absl::StatusOr<std::unique_ptr<CategoryWriter>> writer = BeginTurn(category);
  if (!writer.ok()) return writer.status();
  const absl::StatusOr<bool> there = (*writer)->folder().HasVersion(version);
  if (!there.ok()) return there.status();
  if (!*there) return NoVersion(category, version);
  return (*writer)->SetActive(version);
}

absl::Status BundleStore::Delete(const std::string& category, int64_t version) {
  if (absl::Status status = CheckWritable(category); !status.ok()) return status;
  absl::StatusOr<bool> there = FolderOf(category).HasVersion(version);
  if (!there.ok()) return there.status();
  if (!*there) return NoVersion(category, version);
  absl::StatusOr<std::unique_ptr<CategoryWriter>> writer = BeginTurn(category);
  if (!writer.ok()) return writer.status();
  there = (*writer)->folder().HasVersion(version);
  if (!there.ok()) return there.status();
  if (!*there) return NoVersion(category, version);
  const absl::StatusOr<int64_t> active = (*writer)->folder().ReadNumber(kActiveFile);
  if (!active.ok()) return active.status();
  if (*active == version) {
    return absl::FailedPreconditionError(absl::StrCat("category '", category, "' version ", version,
                                                      " is active; activate another one first"));
  }
  return (*writer)->RemoveVersion(version);
}

absl::Status BundleStore::DeleteCategory(const std::string& category) {
  if (absl::Status status = CheckWritable(category); !status.ok()) return status;
  // Without a turn first: a category that is not there gets no folder.
  if (absl::Status status = Get(category).status(); !status.ok()) return status;
  absl::StatusOr<std::unique_ptr<CategoryWriter>> writer = BeginTurn(category);
  if (!writer.ok()) return writer.status();
  return (*writer)->RemoveCategory();
}

}  // namespace mlfsc
