#include "client/watch/placement.h"

#include <cerrno>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"

namespace mlfsc::client {
namespace {

namespace fs = std::filesystem;

bool IsThere(const fs::path& path) {
  std::error_code error;
  return fs::symlink_status(path, error).type() != fs::file_type::not_found;
}

// The copy is on the disk before the source goes.
absl::Status MoveByCopy(const std::string& source, const std::string& target) {
  const std::string temporary =
      (fs::path(target).parent_path() / ("." + fs::path(target).filename().string())).string();
  std::error_code error;
  fs::copy_file(source, temporary, fs::copy_options::overwrite_existing, error);
  if (error) return absl::ErrnoToStatus(error.value(), temporary);
  const int file = open(temporary.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return absl::ErrnoToStatus(errno, temporary);
  const int synced = fsync(file);
  close(file);
  if (synced != 0) return absl::ErrnoToStatus(errno, temporary);
  fs::rename(temporary, target, error);
  if (!error) fs::remove(source, error);
  return error ? absl::ErrnoToStatus(error.value(), target) : absl::OkStatus();
}

absl::Status Move(const std::string& source, const std::string& target) {
  if (!IsThere(source)) return absl::OkStatus();
  std::error_code error;
  fs::rename(source, target, error);
  if (!error) return absl::OkStatus();
  if (error == std::errc::cross_device_link) return MoveByCopy(source, target);
  return absl::ErrnoToStatus(error.value(), absl::StrCat(source, " to ", target));
}

absl::Status Link(const std::string& source, const std::string& target) {
  if (IsThere(target)) return absl::OkStatus();
  std::error_code error;
  const fs::path absolute = fs::absolute(source, error);
  if (!error) fs::create_symlink(absolute, target, error);
  return error ? absl::ErrnoToStatus(error.value(), target) : absl::OkStatus();
}

}  // namespace

std::string ChooseTarget(const Placement& placement, const std::string& group, const std::string& name) {
  if (placement.kind == PlacementKind::kStay) return "";
  const fs::path folder = fs::path(placement.folder) / group;
  const fs::path plain(name);
  fs::path target = folder / plain;
  for (int number = 2; IsThere(target); ++number) {
    target = folder / absl::StrCat(plain.stem().string(), "-", number, plain.extension().string());
  }
  return target.string();
}

absl::Status Place(PlacementKind kind, const std::string& source, const std::string& target) {
  if (kind == PlacementKind::kStay || target.empty()) return absl::OkStatus();
  std::error_code error;
  fs::create_directories(fs::path(target).parent_path(), error);
  if (error) return absl::ErrnoToStatus(error.value(), target);
  return kind == PlacementKind::kMove ? Move(source, target) : Link(source, target);
}

}  // namespace mlfsc::client
