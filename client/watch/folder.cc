#include "client/watch/folder.h"

#include <algorithm>
#include <iterator>

#include <sys/stat.h>
#include <sys/vfs.h>

#include "absl/strings/str_cat.h"
#include "client/pictures/picture_folder.h"

namespace mlfsc::client {
namespace {

int64_t Nanoseconds(const timespec& time) {
  return static_cast<int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

std::optional<PictureFile> LookAt(const std::string& folder, const std::string& name) {
  struct stat status = {};
  if (stat(absl::StrCat(folder, "/", name).c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return std::nullopt;
  }
  return PictureFile{name, static_cast<int64_t>(status.st_size), Nanoseconds(status.st_mtim),
                     Nanoseconds(status.st_ctim), static_cast<int64_t>(status.st_ino)};
}

absl::StatusOr<std::vector<PictureFile>> ListPictureFiles(const std::string& folder) {
  const absl::StatusOr<std::vector<std::string>> names = ListPictureNames(folder);
  if (!names.ok()) return names.status();
  std::vector<PictureFile> files;
  for (const std::string& name : *names) {
    if (const std::optional<PictureFile> file = LookAt(folder, name)) files.push_back(*file);
  }
  std::sort(files.begin(), files.end());
  return files;
}

absl::StatusOr<std::vector<std::string>> ListNoFiles(const std::string& folder) {
  absl::StatusOr<std::vector<std::string>> names = ListPictureNames(folder);
  if (!names.ok()) return names;
  const auto is_file = [&folder](const std::string& name) { return LookAt(folder, name).has_value(); };
  names->erase(std::remove_if(names->begin(), names->end(), is_file), names->end());
  return names;
}

Content Compare(const PictureFile& before, bool sure, const PictureFile& now) {
  if (before.size != now.size || before.time_ns != now.time_ns) return Content::kOther;
  if (before.change_ns != now.change_ns || before.inode != now.inode) return Content::kOpen;
  return sure ? Content::kSame : Content::kOpen;
}

bool HasCoarseTimes(const PictureFile& file) { return file.change_ns % 10'000'000 == 0; }

bool IsSure(const PictureFile& file, absl::Time read_at) {
  const absl::Duration step = HasCoarseTimes(file) ? absl::Seconds(2) : absl::Milliseconds(20);
  return read_at - absl::FromUnixNanos(std::max(file.change_ns, file.time_ns)) > step;
}

bool IsOnNetwork(const std::string& path) {
  struct statfs status = {};
  if (statfs(path.c_str(), &status) != 0) return false;
  // From linux/magic.h and the file systems' own sources: NFS, SMB (three ages of it), FUSE, 9P, AFS (two),
  // Ceph, GFS2, OCFS2.
  static constexpr uint32_t kNetworks[] = {0x6969,     0x517B,     0xFF534D42, 0xFE534D42,
                                           0x65735546, 0x01021997, 0x5346414F, 0x6B414653,
                                           0x00C36400, 0x01161970, 0x7461636F};
  return std::find(std::begin(kNetworks), std::end(kNetworks), static_cast<uint32_t>(status.f_type)) !=
         std::end(kNetworks);
}

}  // namespace mlfsc::client
