#include "tests/core/bundle/faulty_file_system.h"

#include <filesystem>
#include <fstream>
#include <utility>

namespace mlfsc::testing {

absl::Status FaultyFileSystem::Changed(const std::string& path, absl::Status status) {
  if (status.ok()) unsynced_folders_.insert(std::filesystem::path(path).parent_path());
  return status;
}

absl::StatusOr<std::vector<FolderEntry>> FaultyFileSystem::List(const std::string& folder) {
  return real_->List(folder);
}

absl::StatusOr<bool> FaultyFileSystem::IsFolder(const std::string& path) { return real_->IsFolder(path); }

absl::StatusOr<FileStamp> FaultyFileSystem::Stamp(const std::string& path) { return real_->Stamp(path); }

absl::StatusOr<std::string> FaultyFileSystem::ReadFile(const std::string& path, size_t max_bytes) {
  return real_->ReadFile(path, max_bytes);
}

absl::Status FaultyFileSystem::CreateFolder(const std::string& path) {
  if (absl::Status fault = NextChange(); !fault.ok()) return fault;
  return Changed(path, real_->CreateFolder(path));
}

absl::Status FaultyFileSystem::WriteFile(const std::string& path, absl::string_view bytes) {
  if (std::filesystem::exists(path)) return absl::AlreadyExistsError(path);
  std::ofstream file(path, std::ios::binary);
  const absl::Status at_half = NextChange();
  if (!at_half.ok()) bytes = bytes.substr(0, bytes.size() / 2);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!at_half.ok()) return at_half;
  if (absl::Status at_fsync = NextChange(); !at_fsync.ok()) return at_fsync;
  return Changed(path, absl::OkStatus());
}

absl::Status FaultyFileSystem::SyncFolder(const std::string& path) {
  if (absl::Status fault = NextChange(); !fault.ok()) return fault;
  unsynced_folders_.erase(path);
  return absl::OkStatus();
}

absl::Status FaultyFileSystem::Rename(const std::string& from, const std::string& to) {
  if (absl::Status fault = NextChange(); !fault.ok()) return fault;
  if (unsynced_folders_.count(from) > 0) renamed_unsynced_.push_back(to);
  return Changed(to, real_->Rename(from, to));
}

absl::Status FaultyFileSystem::RemoveFile(const std::string& path) {
  if (absl::Status fault = NextChange(); !fault.ok()) return fault;
  return real_->RemoveFile(path);
}

absl::Status FaultyFileSystem::RemoveFolder(const std::string& path) {
  if (absl::Status fault = NextChange(); !fault.ok()) return fault;
  unsynced_folders_.erase(path);
  return real_->RemoveFolder(path);
}

absl::StatusOr<std::unique_ptr<FileLock>> FaultyFileSystem::Lock(const std::string& path, absl::Duration wait) {
  if (absl::Status fault = NextChange(); !fault.ok()) return fault;
  return real_->Lock(path, wait);
}

}  // namespace mlfsc::testing
