// The real file system until the n-th change, which fails.
#ifndef MLFSC_TESTS_CORE_BUNDLE_FAULTY_FILE_SYSTEM_H_
#define MLFSC_TESTS_CORE_BUNDLE_FAULTY_FILE_SYSTEM_H_

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/bundle/file_system.h"

namespace mlfsc::testing {

// Counts changes: every folder made, file written (two: half of it, and all but its fsync), folder fsynced,
// rename, removal and lock. Nothing is really fsynced, which only the end of a machine would tell; what is
// looked at instead is that a name is given only to what was fsynced. Not thread-safe.
class FaultyFileSystem : public FileSystem {
 public:
  // Called before change number 0, 1, ...; what it returns, unless Ok, is what happens instead.
  using Fault = std::function<absl::Status(int change)>;

  explicit FaultyFileSystem(Fault fault = [](int) { return absl::OkStatus(); }) : fault_(std::move(fault)) {}

  int changes() const { return changes_; }
  // Folders with entries that were made or renamed, and not fsynced since. (Removals may come to the disk
  // whenever they like: names that matter are given up by a rename.)
  const std::set<std::string>& unsynced_folders() const { return unsynced_folders_; }
  // Folders that were given their name with unsynced entries in them.
  const std::vector<std::string>& renamed_unsynced() const { return renamed_unsynced_; }

  absl::StatusOr<std::vector<FolderEntry>> List(const std::string& folder) override;
  absl::StatusOr<bool> IsFolder(const std::string& path) override;
  absl::StatusOr<FileStamp> Stamp(const std::string& path) override;
  absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes) override;
  absl::Status CreateFolder(const std::string& path) override;
  absl::Status WriteFile(const std::string& path, absl::string_view bytes) override;
  absl::Status SyncFolder(const std::string& path) override;
  absl::Status Rename(const std::string& from, const std::string& to) override;
  absl::Status RemoveFile(const std::string& path) override;
  absl::Status RemoveFolder(const std::string& path) override;
  absl::StatusOr<std::unique_ptr<FileLock>> Lock(const std::string& path, absl::Duration wait) override;

 private:
  absl::Status NextChange() { return fault_(changes_++); }
  // `status`, after noting that the folder of `path` has a changed entry when it is Ok.
  absl::Status Changed(const std::string& path, absl::Status status);

  const Fault fault_;
  FileSystem* const real_ = FileSystem::Real();
  int changes_ = 0;
  std::set<std::string> unsynced_folders_;
  std::vector<std::string> renamed_unsynced_;
};

}  // namespace mlfsc::testing

#endif  // MLFSC_TESTS_CORE_BUNDLE_FAULTY_FILE_SYSTEM_H_
