#include "core/bundle/category_writer.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/bundle/manifest_json.h"

namespace mlfsc {
namespace {

// An error of a file operation inside a turn. What is not there, or there already, was changed by something
// that takes no turns; callers have another use for those two codes.
absl::Status WriteError(const absl::Status& status) {
  if (!absl::IsNotFound(status) && !absl::IsAlreadyExists(status)) return status;
  return absl::InternalError(absl::StrCat(status.message(), "; something else changes the store's files"));
}

bool IsTemporary(const FolderEntry& entry) { return absl::StartsWith(entry.name, kTemporaryPrefix); }

bool IsLeftover(const FolderEntry& entry) { return IsTemporary(entry) || entry.name == kDeletedFolder; }

// Whether a folder was made for a version that never came to be.
bool IsEmptyCategory(const std::vector<FolderEntry>& entries) {
  return entries.empty() || (entries.size() == 1 && entries[0].name == kLockFile);
}

absl::Status WriteVersionFolder(FileSystem* files, const std::string& folder, const BundleFiles& bundle) {
  absl::Status status = files->CreateFolder(folder);
  if (status.ok()) status = files->WriteFile(absl::StrCat(folder, "/", kArraysFileName), bundle.arrays);
  if (status.ok()) status = files->WriteFile(absl::StrCat(folder, "/", kManifestFileName), bundle.manifest);
  if (status.ok()) status = files->SyncFolder(folder);
  return status;
}

}  // namespace

CategoryWriter::CategoryWriter(FileSystem* files, std::string store, CategoryFolder folder,
                               std::unique_ptr<FileLock> lock)
    : files_(files), store_(std::move(store)), folder_(std::move(folder)), lock_(std::move(lock)) {}

absl::StatusOr<std::unique_ptr<CategoryWriter>> CategoryWriter::Begin(FileSystem* files,
                                                                      const std::string& store,
                                                                      const std::string& category,
                                                                      absl::Duration lock_timeout) {
  const CategoryFolder folder(files, store, category);
  absl::StatusOr<std::unique_ptr<FileLock>> lock;
  // Another turn may end by removing the folder before this one has its lock.
  do {
    const absl::Status created = files->CreateFolder(folder.path());
    if (absl::IsAlreadyExists(created)) {
      const absl::StatusOr<bool> is_folder = files->IsFolder(folder.path());
      if (!is_folder.ok()) return is_folder.status();
      if (!*is_folder) return absl::FailedPreconditionError(absl::StrCat(folder.path(), " is no folder"));
    } else if (!created.ok()) {
      return WriteError(created);
    }
    lock = files->Lock(folder.PathOf(kLockFile), lock_timeout);
    if (!lock.ok() && created.ok()) files->RemoveFolder(folder.path()).IgnoreError();
  } while (absl::IsNotFound(lock.status()));
  if (!lock.ok()) return lock.status();

  auto writer = std::unique_ptr<CategoryWriter>(new CategoryWriter(files, store, folder, *std::move(lock)));
  if (const absl::Status status = writer->RemoveLeftovers(); !status.ok()) return WriteError(status);
  return writer;
}

absl::Status CategoryWriter::Clean(FileSystem* files, const std::string& store, const std::string& category) {
  const CategoryFolder folder(files, store, category);
  const absl::StatusOr<std::vector<FolderEntry>> entries = files->List(folder.path());
  if (!entries.ok()) return entries.status();
  // Most folders need nothing done, and no lock.
  if (!IsEmptyCategory(*entries) && std::none_of(entries->begin(), entries->end(), IsLeftover)) {
    return absl::OkStatus();
  }
  absl::StatusOr<std::unique_ptr<FileLock>> lock = files->Lock(folder.PathOf(kLockFile), absl::ZeroDuration());
  if (!lock.ok()) return lock.status();
  if (*lock == nullptr) return absl::OkStatus();
  CategoryWriter writer(files, store, folder, *std::move(lock));
  return writer.RemoveLeftovers();
}

CategoryWriter::~CategoryWriter() {
  RemoveLeftovers().IgnoreError();
  const absl::StatusOr<std::vector<FolderEntry>> entries = files_->List(folder_.path());
  if (!entries.ok() || !IsEmptyCategory(*entries)) return;
  // Still under the lock: who waits for it finds that its file is gone and makes a new one.
  files_->RemoveFile(folder_.PathOf(kLockFile)).IgnoreError();
  files_->RemoveFolder(folder_.path()).IgnoreError();
}

absl::Status CategoryWriter::RemoveLeftovers() {
  const absl::StatusOr<std::vector<FolderEntry>> entries = files_->List(folder_.path());
  if (!entries.ok()) return entries.status();
  absl::Status first;
  for (const FolderEntry& entry : *entries) {
    if (IsTemporary(entry)) first.Update(RemoveTree(files_, folder_.PathOf(entry.name)));
    if (entry.name == kDeletedFolder) first.Update(FinishRemoval());
  }
  return first;
}

absl::Status CategoryWriter::FinishRemoval() {
  const absl::StatusOr<std::vector<FolderEntry>> entries = files_->List(folder_.path());
  if (!entries.ok()) return entries.status();
  absl::Status first = RemoveTree(files_, folder_.PathOf(kActiveFile));
  for (const FolderEntry& entry : *entries) {
    if (VersionOfName(entry.name) > 0) first.Update(RemoveTree(files_, folder_.PathOf(entry.name)));
  }
  // A version must not come back without the mark.
  first.Update(files_->SyncFolder(folder_.path()));
  if (!first.ok()) return first;
  return files_->RemoveFolder(folder_.PathOf(kDeletedFolder));
}

absl::Status CategoryWriter::WriteNumber(const char* file, int64_t number) {
  const std::string temporary = folder_.PathOf(absl::StrCat(kTemporaryPrefix, file));
  // There is one when writing this file failed earlier in this turn.
  absl::Status status = RemoveTree(files_, temporary);
  if (status.ok()) status = files_->WriteFile(temporary, absl::StrCat(number, "\n"));
  if (status.ok()) status = files_->Rename(temporary, folder_.PathOf(file));
  if (status.ok()) status = files_->SyncFolder(folder_.path());
  return status;
}

absl::StatusOr<int64_t> CategoryWriter::HighestVersion() const {
  absl::StatusOr<int64_t> highest = folder_.ReadNumber(kLastVersionFile);
  if (!highest.ok()) return highest;
  const absl::StatusOr<std::vector<FolderEntry>> entries = files_->List(folder_.path());
  if (!entries.ok()) return WriteError(entries.status());
  // Files too: a folder cannot take their place.
  for (const FolderEntry& entry : *entries) *highest = std::max(*highest, VersionOfName(entry.name));
  return highest;
}

absl::StatusOr<int64_t> CategoryWriter::AddVersion(const BundleFiles& bundle) {
  const absl::StatusOr<int64_t> highest = HighestVersion();
  if (!highest.ok()) return highest.status();
  if (*highest == kMaxVersion) {
    return absl::ResourceExhaustedError(
        absl::StrCat(folder_.path(), " has version ", kMaxVersion, ", the highest there can be"));
  }
  const bool is_first = *highest == 0;
  const int64_t version = *highest + 1;
  const std::string temporary = folder_.PathOf(absl::StrCat(kTemporaryPrefix, "version"));

  absl::Status status = WriteVersionFolder(files_, temporary, bundle);
  if (status.ok()) status = WriteNumber(kLastVersionFile, version);
  if (status.ok()) {
    status = files_->Rename(temporary, folder_.PathOf(version));
    if (status.ok()) {
      status = files_->SyncFolder(folder_.path());
      // The category's own folder is new.
      if (status.ok() && is_first) status = files_->SyncFolder(store_);
      if (status.ok()) return version;
      // Its number was seen and stays in `.last_version`.
      files_->Rename(folder_.PathOf(version), temporary).IgnoreError();
      return WriteError(status);
    }
  }
  // Nobody has seen the number: a category without a version needs not remember it.
  if (is_first) files_->RemoveFile(folder_.PathOf(kLastVersionFile)).IgnoreError();
  return WriteError(status);
}

absl::Status CategoryWriter::RemoveVersion(int64_t version) {
  const absl::StatusOr<int64_t> last = folder_.ReadNumber(kLastVersionFile);
  if (!last.ok()) return last.status();
  absl::Status status;
  if (*last < version) status = WriteNumber(kLastVersionFile, version);
  const std::string temporary = folder_.PathOf(absl::StrCat(kTemporaryPrefix, "removed-", version));
  if (status.ok()) {
    status = files_->Rename(folder_.PathOf(version), temporary);
    if (status.ok()) {
      status = files_->SyncFolder(folder_.path());
      if (!status.ok()) files_->Rename(temporary, folder_.PathOf(version)).IgnoreError();
    }
  }
  if (!status.ok()) return WriteError(status);
  // It is gone for every reader; a part that cannot be removed now goes with the next turn.
  RemoveTree(files_, temporary).IgnoreError();
  return absl::OkStatus();
}

absl::Status CategoryWriter::RemoveCategory() {
  const absl::StatusOr<int64_t> last = folder_.ReadNumber(kLastVersionFile);
  if (!last.ok()) return last.status();
  const absl::StatusOr<int64_t> highest = HighestVersion();
  if (!highest.ok()) return highest.status();
  absl::Status status;
  if (*last < *highest) status = WriteNumber(kLastVersionFile, *highest);
  const std::string mark = folder_.PathOf(kDeletedFolder);
  if (status.ok()) {
    status = files_->CreateFolder(mark);
    if (status.ok()) {
      status = files_->SyncFolder(folder_.path());
      if (!status.ok()) files_->RemoveFolder(mark).IgnoreError();
    }
  }
  if (!status.ok()) return WriteError(status);
  // It is gone for every reader; a part that cannot be removed now goes with the next turn.
  FinishRemoval().IgnoreError();
  return absl::OkStatus();
}

absl::Status CategoryWriter::SetActive(int64_t version) {
  const absl::StatusOr<int64_t> before = folder_.ReadNumber(kActiveFile);
  absl::Status status = WriteNumber(kActiveFile, version);
  if (status.ok()) return status;
  // The file may have been replaced before the error. One that was damaged before cannot be had back.
  const absl::StatusOr<int64_t> now = folder_.ReadNumber(kActiveFile);
  if (before.ok() && now.ok() && *now != *before) {
    if (*before == 0) {
      files_->RemoveFile(folder_.PathOf(kActiveFile)).IgnoreError();
    } else {
      WriteNumber(kActiveFile, *before).IgnoreError();
    }
  }
  return WriteError(status);
}

}  // namespace mlfsc
