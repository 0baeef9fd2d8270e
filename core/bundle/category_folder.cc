#include "core/bundle/category_folder.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/bundle/quoted.h"

namespace mlfsc {
namespace {

constexpr size_t kMaxCategoryName = 64;
constexpr size_t kMaxDigits = 18;
// A number's file with room to spare, so that a message can show what else is in it.
constexpr size_t kMaxNumberFile = 64;

}  // namespace

bool IsCategoryName(absl::string_view name) {
  const auto allowed = [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= kMaxCategoryName &&
         absl::ascii_isalnum(static_cast<unsigned char>(name[0])) &&
         std::all_of(name.begin(), name.end(), allowed);
}

int64_t VersionOfName(absl::string_view name) {
  if (name.empty() || name.size() > kMaxDigits || name[0] == '0') return 0;
  int64_t version = 0;
  for (const char digit : name) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(digit))) return 0;
    version = 10 * version + (digit - '0');
  }
  return version;
}

CategoryFolder::CategoryFolder(FileSystem* files, const std::string& store, std::string category)
    : files_(files), category_(std::move(category)), path_(absl::StrCat(store, "/", category_)) {}

std::string CategoryFolder::PathOf(absl::string_view name) const { return absl::StrCat(path_, "/", name); }

std::string CategoryFolder::PathOf(int64_t version) const { return absl::StrCat(path_, "/", version); }

absl::StatusOr<std::vector<int64_t>> CategoryFolder::Versions() const {
  // A link to a folder is none: List would follow it.
  const absl::StatusOr<bool> exists = files_->IsFolder(path_);
  if (!exists.ok()) return exists.status();
  std::vector<int64_t> versions;
  if (!*exists) return versions;
  const absl::StatusOr<std::vector<FolderEntry>> entries = files_->List(path_);
  if (absl::IsNotFound(entries.status())) return versions;
  if (!entries.ok()) return entries.status();
  for (const FolderEntry& entry : *entries) {
    if (entry.name == kDeletedFolder) return std::vector<int64_t>();
    const int64_t version = VersionOfName(entry.name);
    if (version > 0 && entry.is_folder) versions.push_back(version);
  }
  std::sort(versions.begin(), versions.end());
  return versions;
}

absl::StatusOr<bool> CategoryFolder::HasVersion(int64_t version) const {
  if (version < 1) return false;
  absl::StatusOr<bool> exists = files_->IsFolder(path_);
  if (!exists.ok() || !*exists) return exists;
  absl::StatusOr<bool> deleted = files_->IsFolder(PathOf(kDeletedFolder));
  if (!deleted.ok()) return deleted;
  if (*deleted) return false;
  return files_->IsFolder(PathOf(version));
}

absl::StatusOr<int64_t> CategoryFolder::ActiveVersion() const {
  const absl::StatusOr<bool> deleted = files_->IsFolder(PathOf(kDeletedFolder));
  if (!deleted.ok()) return deleted.status();
  return *deleted ? 0 : ReadNumber(kActiveFile);
}

absl::StatusOr<int64_t> CategoryFolder::ReadNumber(const char* file) const {
  const absl::StatusOr<std::string> text = files_->ReadFile(PathOf(file), kMaxNumberFile);
  if (absl::IsNotFound(text.status())) return 0;
  // A link, a pipe or a folder in its place.
  if (absl::IsFailedPrecondition(text.status())) return absl::DataLossError(text.status().message());
  if (!text.ok()) return text.status();
  const int64_t number = VersionOfName(absl::StripSuffix(*text, "\n"));
  if (number > 0) return number;
  return absl::DataLossError(
      absl::StrCat(PathOf(file), " is damaged: it holds ", Quoted(*text), " and no version number"));
}

absl::Status CategoryFolder::Explain(int64_t version, const absl::Status& damage) const {
  const absl::StatusOr<bool> there = HasVersion(version);
  if (there.ok() && !*there) {
    return absl::NotFoundError(absl::StrCat("category '", category_, "' has no version ", version));
  }
  return absl::Status(damage.code(),
                      absl::StrCat("category '", category_, "' version ", version, ": ", damage.message()));
}

absl::StatusOr<std::string> CategoryFolder::ReadVersionFile(int64_t version, const char* file,
                                                            size_t max_bytes) const {
  absl::StatusOr<std::string> bytes = files_->ReadFile(absl::StrCat(PathOf(version), "/", file), max_bytes);
  if (absl::IsNotFound(bytes.status())) return absl::DataLossError(absl::StrCat(file, " is missing"));
  // A link, a pipe or a folder in the file's place, or a disk that cannot read it.
  if (absl::IsFailedPrecondition(bytes.status()) || absl::IsInternal(bytes.status())) {
    return absl::DataLossError(bytes.status().message());
  }
  return bytes;
}

absl::StatusOr<ManifestFile> CategoryFolder::ReadManifestFile(int64_t version) const {
  // What a link to a version's folder points at is not looked into.
  const absl::StatusOr<bool> there = HasVersion(version);
  if (!there.ok()) return there.status();
  if (!*there) return Explain(version, absl::OkStatus());
  const absl::StatusOr<std::string> text = ReadVersionFile(version, kManifestFileName, kMaxManifestBytes);
  if (!text.ok()) return Explain(version, text.status());
  absl::StatusOr<ManifestFile> manifest = ParseManifestFile(*text);
  if (!manifest.ok()) return Explain(version, manifest.status());
  return manifest;
}

absl::StatusOr<Manifest> CategoryFolder::ReadManifest(int64_t version) const {
  absl::StatusOr<ManifestFile> file = ReadManifestFile(version);
  if (!file.ok()) return file.status();
  return std::move(file->manifest);
}

absl::StatusOr<Manifest> CategoryFolder::CheckVersion(int64_t version) const {
  absl::StatusOr<ManifestFile> file = ReadManifestFile(version);
  if (!file.ok()) return file.status();
  const absl::StatusOr<FileStamp> arrays = files_->Stamp(absl::StrCat(PathOf(version), "/", kArraysFileName));
  absl::Status status = arrays.status();
  if (absl::IsNotFound(status)) status = absl::DataLossError(absl::StrCat(kArraysFileName, " is missing"));
  if (status.ok()) status = CheckArraysBytes(arrays->bytes, file->arrays);
  if (!status.ok()) return Explain(version, status);
  return std::move(file->manifest);
}

VersionStamp CategoryFolder::Stamp(int64_t version) const {
  const std::string folder = PathOf(version);
  VersionStamp stamp;
  const absl::StatusOr<FileStamp> arrays = files_->Stamp(absl::StrCat(folder, "/", kArraysFileName));
  if (arrays.ok()) stamp.arrays = *arrays;
  const absl::StatusOr<FileStamp> manifest = files_->Stamp(absl::StrCat(folder, "/", kManifestFileName));
  if (manifest.ok()) stamp.manifest = *manifest;
  return stamp;
}

absl::StatusOr<Bundle> CategoryFolder::ReadBundle(int64_t version) const {
  const absl::StatusOr<bool> there = HasVersion(version);
  if (!there.ok()) return there.status();
  if (!*there) return Explain(version, absl::OkStatus());
  absl::StatusOr<std::string> manifest = ReadVersionFile(version, kManifestFileName, kMaxManifestBytes);
  if (!manifest.ok()) return Explain(version, manifest.status());
  absl::StatusOr<std::string> arrays = ReadVersionFile(version, kArraysFileName, kMaxArraysBytes);
  if (!arrays.ok()) return Explain(version, arrays.status());
  absl::StatusOr<Bundle> bundle = ParseBundle({*std::move(arrays), *std::move(manifest)});
  if (!bundle.ok()) return Explain(version, bundle.status());
  return bundle;
}

}  // namespace mlfsc
