#include "client/watch/placement.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"

namespace mlfsc::client {
namespace {

namespace fs = std::filesystem;

bool IsThere(const fs::path& path) {
  std::error_code error;
  return fs::symlink_status(path, error).type() != fs::file_type::not_found;
}

absl::Status Failed(int error, const std::string& source, const std::string& target) {
  return absl::ErrnoToStatus(error, absl::StrCat(source, " to ", target));
}

// AlreadyExists, and nothing done, when something is at `target`; Unimplemented when that is on another file
// system.
absl::Status Rename(const std::string& source, const std::string& target) {
  if (renameat2(AT_FDCWD, source.c_str(), AT_FDCWD, target.c_str(), RENAME_NOREPLACE) == 0)
    return absl::OkStatus();
  if (errno == EXDEV) return absl::UnimplementedError("another file system");
  if (errno != EINVAL && errno != ENOSYS) return Failed(errno, source, target);
  // A file system that cannot (NFS) has links, which replace nothing either. A crash may have left both
  // names.
  if (link(source.c_str(), target.c_str()) != 0) {
    const int why = errno;
    std::error_code error;
    if (why != EEXIST || !fs::equivalent(source, target, error)) return Failed(why, source, target);
  }
  return unlink(source.c_str()) == 0 ? absl::OkStatus() : Failed(errno, source, target);
}

bool HasContent(const std::optional<PictureFile>& seen, const PictureFile& file) {
  return seen.has_value() && seen->size == file.size && seen->time_ns == file.time_ns;
}

std::optional<PictureFile> LookAtPath(const std::string& path) {
  const fs::path parts(path);
  return LookAt(parts.parent_path().string(), parts.filename().string());
}

bool HaveSameBytes(const std::string& a, const std::string& b) {
  std::ifstream first(a, std::ios::binary);
  std::ifstream second(b, std::ios::binary);
  using Bytes = std::istreambuf_iterator<char>;
  return first && second && std::equal(Bytes(first), Bytes(), Bytes(second), Bytes());
}

// A copy with the source's times, which is on the disk before it gets its name.
absl::Status CopyTo(const std::string& source, const PictureFile& file, const std::string& target) {
  const fs::path name = absl::StrCat(".", fs::path(target).filename().string(), ".", file.inode);
  const std::string temporary = (fs::path(target).parent_path() / name).string();
  std::error_code error;
  fs::copy_file(source, temporary, fs::copy_options::overwrite_existing, error);
  if (error) return absl::ErrnoToStatus(error.value(), temporary);
  const int copy = open(temporary.c_str(), O_RDWR | O_CLOEXEC);
  if (copy < 0) return absl::ErrnoToStatus(errno, temporary);
  const timespec time = {file.time_ns / 1'000'000'000, file.time_ns % 1'000'000'000};
  const timespec times[2] = {time, time};
  const bool written = futimens(copy, times) == 0 && fsync(copy) == 0;
  const int why = errno;
  close(copy);
  absl::Status status = written ? Rename(temporary, target) : absl::ErrnoToStatus(why, temporary);
  if (!status.ok()) fs::remove(temporary, error);
  return status;
}

// To another file system.
absl::StatusOr<bool> MoveByCopy(const std::string& folder, const PictureFile& file,
                                const std::string& target) {
  const std::string source = (fs::path(folder) / file.name).string();
  const absl::Status copied = CopyTo(source, file, target);
  // A crash may have left both.
  if (!copied.ok() && !(absl::IsAlreadyExists(copied) && HaveSameBytes(source, target))) return copied;
  // Not what came in its place while it was copied.
  if (HasContent(LookAt(folder, file.name), file) && unlink(source.c_str()) != 0) {
    return Failed(errno, source, target);
  }
  return true;
}

absl::StatusOr<bool> Move(const std::string& folder, const PictureFile& file, const std::string& target) {
  const std::string source = (fs::path(folder) / file.name).string();
  const bool is_here = HasContent(LookAt(folder, file.name), file);
  if (is_here) {
    const absl::Status moved = Rename(source, target);
    if (absl::IsUnimplemented(moved)) return MoveByCopy(folder, file, target);
    if (!moved.ok()) return moved;
  }
  const std::optional<PictureFile> there = LookAtPath(target);
  if (!there.has_value() || HasContent(there, file)) return there.has_value();
  // Moved by somebody who died, and put to rights by people since.
  if (!is_here && there->inode != file.inode) return true;
  // Its writer began anew between the look and the move.
  absl::Status back = Rename(target, source);
  while (absl::IsAlreadyExists(back)) back = Rename(target, FreePath(folder, file.name));
  if (!back.ok()) return back;
  return false;
}

absl::StatusOr<bool> Link(const std::string& folder, const PictureFile& file, const std::string& target) {
  std::error_code error;
  const fs::path source = fs::absolute(fs::path(folder) / file.name, error);
  if (!error && fs::read_symlink(target, error) == source) return true;
  if (!HasContent(LookAt(folder, file.name), file)) return false;
  error.clear();
  fs::create_symlink(source, target, error);
  if (error) return absl::ErrnoToStatus(error.value(), target);
  return true;
}

}  // namespace

std::string FreePath(const std::string& folder, const std::string& name) {
  const fs::path plain(name);
  fs::path path = fs::path(folder) / plain;
  for (int number = 2; IsThere(path); ++number) {
    path = fs::path(folder) / absl::StrCat(plain.stem().string(), "-", number, plain.extension().string());
  }
  return path.string();
}

std::string ChooseTarget(const Placement& placement, const std::string& group, const std::string& name) {
  if (placement.kind == PlacementKind::kStay) return "";
  return FreePath((fs::path(placement.folder) / group).string(), name);
}

absl::StatusOr<bool> Place(PlacementKind kind, const std::string& folder, const PictureFile& file,
                           const std::string& target) {
  if (kind == PlacementKind::kStay || target.empty()) return false;
  std::error_code error;
  fs::create_directories(fs::path(target).parent_path(), error);
  if (error) return absl::ErrnoToStatus(error.value(), target);
  return kind == PlacementKind::kMove ? Move(folder, file, target) : Link(folder, file, target);
}

}  // namespace mlfsc::client
