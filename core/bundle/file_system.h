// The few file operations that the bundle store is made of, so that a test can let each of them fail.
#ifndef MLFSC_CORE_BUNDLE_FILE_SYSTEM_H_
#define MLFSC_CORE_BUNDLE_FILE_SYSTEM_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace mlfsc {

// `error`, an errno, with what was being done: ResourceExhausted when a disk or quota is full,
// FailedPrecondition for a read-only file system or a path of another kind, PermissionDenied, NotFound,
// AlreadyExists, Internal for an I/O error; others as absl has them.
absl::Status ErrnoStatus(int error, absl::string_view doing);

struct FolderEntry {
  std::string name;
  // Itself: a link to a folder is none.
  bool is_folder = false;
};

// What changes when a file does, or its rights. Equal for two states of a file only if nothing was done to it
// between them.
struct FileStamp {
  uint64_t inode = 0;
  int64_t bytes = 0;
  // Of the last change of the file or of what is known about it.
  int64_t change_seconds = 0;
  int64_t change_nanoseconds = 0;

  bool operator==(const FileStamp& other) const {
    return inode == other.inode && bytes == other.bytes && change_seconds == other.change_seconds &&
           change_nanoseconds == other.change_nanoseconds;
  }
};

// Held until it is destroyed or its process ends, however that ends.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

// Every status names the path and the cause, with the codes of ErrnoStatus. Links are never followed in the
// last part of a path, but for the folder that List and SyncFolder are given. Thread-safe.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // By name; without "." and "..".
  virtual absl::StatusOr<std::vector<FolderEntry>> List(const std::string& folder) = 0;
  // Whether there is a folder of this name; a link to one is none.
  virtual absl::StatusOr<bool> IsFolder(const std::string& path) = 0;
  // Of whatever has this name; NotFound when nothing has.
  virtual absl::StatusOr<FileStamp> Stamp(const std::string& path) = 0;
  // The whole of a regular file. FailedPrecondition for anything else, DataLoss when it has more than
  // `max_bytes`; never blocks on a pipe and never holds more than the limit.
  virtual absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes) = 0;

  virtual absl::Status CreateFolder(const std::string& path) = 0;
  // Makes a new file, writes it and brings it to the disk. AlreadyExists when there is one.
  virtual absl::Status WriteFile(const std::string& path, absl::string_view bytes) = 0;
  // Brings the folder's own entries to the disk: what was made, renamed and removed in it.
  virtual absl::Status SyncFolder(const std::string& path) = 0;
  // Atomic. Replaces a file; FailedPrecondition or AlreadyExists for a folder that is not empty.
  virtual absl::Status Rename(const std::string& from, const std::string& to) = 0;
  virtual absl::Status RemoveFile(const std::string& path) = 0;
  // An empty one.
  virtual absl::Status RemoveFolder(const std::string& path) = 0;

  // Takes the advisory lock on a file, which is made when it is missing: at most one holder among all threads
  // and processes. Waits for the holder at most `wait`; Unavailable, with the holder's name, after that. With
  // zero it returns null at once. The file that is locked is the one that `path` names when this returns.
  virtual absl::StatusOr<std::unique_ptr<FileLock>> Lock(const std::string& path, absl::Duration wait) = 0;

  // The machine's; lives for ever.
  static FileSystem* Real();
};

// Removes `path`, which may be missing, and all that is in it; links are removed, not followed. Goes on after
// an error and returns the first.
absl::Status RemoveTree(FileSystem* files, const std::string& path);

}  // namespace mlfsc

#endif  // MLFSC_CORE_BUNDLE_FILE_SYSTEM_H_
