// The real file system, and how often it was asked for anything.
#ifndef MLFSC_TESTS_TESTING_COUNTING_FILE_SYSTEM_H_
#define MLFSC_TESTS_TESTING_COUNTING_FILE_SYSTEM_H_

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "core/bundle/file_system.h"

namespace mlfsc::testing {

// Thread-safe.
class CountingFileSystem : public FileSystem {
 public:
  int calls() const { return calls_; }

  absl::StatusOr<std::vector<FolderEntry>> List(const std::string& folder) override {
    return Counted()->List(folder);
  }
  absl::StatusOr<bool> IsFolder(const std::string& path) override { return Counted()->IsFolder(path); }
  absl::StatusOr<FileStamp> Stamp(const std::string& path) override { return Counted()->Stamp(path); }
  absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes) override {
    return Counted()->ReadFile(path, max_bytes);
  }
  absl::Status CreateFolder(const std::string& path) override { return Counted()->CreateFolder(path); }
  absl::Status WriteFile(const std::string& path, absl::string_view bytes) override {
    return Counted()->WriteFile(path, bytes);
  }
  absl::Status SyncFolder(const std::string& path) override { return Counted()->SyncFolder(path); }
  absl::Status Rename(const std::string& from, const std::string& to) override {
    return Counted()->Rename(from, to);
  }
  absl::Status RemoveFile(const std::string& path) override { return Counted()->RemoveFile(path); }
  absl::Status RemoveFolder(const std::string& path) override { return Counted()->RemoveFolder(path); }
  absl::StatusOr<std::unique_ptr<FileLock>> Lock(const std::string& path, absl::Duration wait) override {
    return Counted()->Lock(path, wait);
  }

 private:
  FileSystem* Counted() {
    ++calls_;
    return FileSystem::Real();
  }

  std::atomic<int> calls_{0};
};

}  // namespace mlfsc::testing

#endif  // MLFSC_TESTS_TESTING_COUNTING_FILE_SYSTEM_H_
