#include "core/bundle/file_system.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "core/bundle/lock_file.h"

namespace mlfsc {
namespace {

constexpr size_t kPieceBytes = size_t{1} << 20;
// What the umask leaves of it: replicas may run as several users of one group.
constexpr mode_t kFileMode = 0666;
constexpr mode_t kFolderMode = 0777;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  bool valid() const { return number_ >= 0; }
  int number() const { return number_; }

  // Network file systems tell of failed writes only here.
  int Close() { return close(std::exchange(number_, -1)); }

 private:
  int number_;
};

absl::Status Failed(absl::string_view doing, const std::string& path) {
  return ErrnoStatus(errno, absl::StrCat("cannot ", doing, " ", path));
}

// Of a call that returns -1 on failure.
absl::Status Result(int result, absl::string_view doing, const std::string& path) {
  return result == 0 ? absl::OkStatus() : Failed(doing, path);
}

class RealFileSystem : public FileSystem {
 public:
  absl::StatusOr<std::vector<FolderEntry>> List(const std::string& folder) override {
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(opendir(folder.c_str()), closedir);
    if (stream == nullptr) return Failed("list", folder);
    std::vector<FolderEntry> entries;
    errno = 0;
    // readdir is safe as long as no two threads share the stream.
    while (const dirent* entry = readdir(stream.get())) {  // NOLINT(concurrency-mt-unsafe)
      const std::string name = entry->d_name;
      bool is_folder = entry->d_type == DT_DIR;
      if (entry->d_type == DT_UNKNOWN) {
        const absl::StatusOr<bool> found = IsFolder(absl::StrCat(folder, "/", name));
        is_folder = found.ok() && *found;
      }
      if (name != "." && name != "..") entries.push_back({name, is_folder});
      errno = 0;
    }
    if (errno != 0) return Failed("list", folder);
    std::sort(entries.begin(), entries.end(),
              [](const FolderEntry& a, const FolderEntry& b) { return a.name < b.name; });
    return entries;
  }

  absl::StatusOr<bool> IsFolder(const std::string& path) override {
    struct stat about;
    if (lstat(path.c_str(), &about) == 0) return S_ISDIR(about.st_mode);
    if (errno == ENOENT || errno == ENOTDIR) return false;
    return Failed("look at", path);
  }

  absl::StatusOr<FileStamp> Stamp(const std::string& path) override {
    struct stat about;
    if (lstat(path.c_str(), &about) != 0) return Failed("look at", path);
    return FileStamp{about.st_ino, about.st_size, about.st_ctim.tv_sec, about.st_ctim.tv_nsec};
  }

  absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes) override {
    const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!file.valid()) return Failed("open", path);
    struct stat about;
    if (fstat(file.number(), &about) != 0) return Failed("look at", path);
    if (!S_ISREG(about.st_mode)) {
      return absl::FailedPreconditionError(absl::StrCat("cannot read ", path, ": it is no regular file"));
    }
    std::string bytes;
    // Room for one byte more than the file has: the read that finds the end fits in.
    if (const auto size = static_cast<size_t>(about.st_size); size <= max_bytes) bytes.reserve(size + 1);
    std::string piece(std::min(max_bytes + 1, kPieceBytes), '\0');
    while (bytes.size() <= max_bytes) {
      const ssize_t count = read(file.number(), piece.data(), piece.size());
      if (count == 0) return bytes;
      if (count > 0) bytes.append(piece, 0, static_cast<size_t>(count));
      if (count < 0 && errno != EINTR) return Failed("read", path);
    }
    return absl::DataLossError(absl::StrCat(path, " has more than ", max_bytes, " bytes, the limit"));
  }

  absl::Status CreateFolder(const std::string& path) override {
    return Result(mkdir(path.c_str(), kFolderMode), "make the folder", path);
  }

  absl::Status WriteFile(const std::string& path, absl::string_view bytes) override {
    Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kFileMode));
    if (!file.valid()) return Failed("make", path);
    while (!bytes.empty()) {
      const ssize_t count = write(file.number(), bytes.data(), std::min(bytes.size(), kPieceBytes));
      if (count >= 0) bytes.remove_prefix(static_cast<size_t>(count));
      if (count < 0 && errno != EINTR) return Failed("write", path);
    }
    if (fsync(file.number()) != 0) return Failed("fsync", path);
    return Result(file.Close(), "close", path);
  }

  absl::Status SyncFolder(const std::string& path) override {
    const Descriptor folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.valid()) return Failed("open", path);
    return Result(fsync(folder.number()), "fsync", path);
  }

  absl::Status Rename(const std::string& from, const std::string& to) override {
    return Result(rename(from.c_str(), to.c_str()), absl::StrCat("rename ", from, " to"), to);
  }

  absl::Status RemoveFile(const std::string& path) override {
    return Result(unlink(path.c_str()), "remove", path);
  }

  absl::Status RemoveFolder(const std::string& path) override {
    return Result(rmdir(path.c_str()), "remove the folder", path);
  }

  absl::StatusOr<std::unique_ptr<FileLock>> Lock(const std::string& path, absl::Duration wait) override {
    return TakeLock(path, wait);
  }
};

}  // namespace

absl::Status ErrnoStatus(int error, absl::string_view doing) {
  absl::Status status = absl::ErrnoToStatus(error, doing);
  switch (error) {
    case ENOTDIR:
      return absl::NotFoundError(status.message());
    case EROFS:
    case EISDIR:
    case ELOOP:
      return absl::FailedPreconditionError(status.message());
    case EFBIG:
      return absl::ResourceExhaustedError(status.message());
    case EIO:
      return absl::InternalError(status.message());
    default:
      return status;
  }
}

FileSystem* FileSystem::Real() {
  static RealFileSystem real;
  return &real;
}

absl::Status RemoveTree(FileSystem* files, const std::string& path) {
  const absl::StatusOr<bool> is_folder = files->IsFolder(path);
  if (!is_folder.ok()) return is_folder.status();
  absl::Status first;
  if (*is_folder) {
    const absl::StatusOr<std::vector<FolderEntry>> entries = files->List(path);
    if (!entries.ok()) return entries.status();
    for (const FolderEntry& entry : *entries) {
      first.Update(RemoveTree(files, absl::StrCat(path, "/", entry.name)));
    }
    first.Update(files->RemoveFolder(path));
    return first;
  }
  const absl::Status removed = files->RemoveFile(path);
  return absl::IsNotFound(removed) ? absl::OkStatus() : removed;
}

}  // namespace mlfsc
