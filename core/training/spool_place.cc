#include "core/training/spool_place.h"

#include <cerrno>

#include <sys/statvfs.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace mlfsc {

void SpoolMeter::Add(int64_t bytes) {
  MutexLock lock(&mutex_);
  bytes_ += bytes;
  if (changed_) changed_(bytes_);
}

int64_t SpoolMeter::bytes() const {
  MutexLock lock(&mutex_);
  return bytes_;
}

absl::StatusOr<int64_t> FreeBytes(const std::string& folder) {
  struct statvfs found;
  while (statvfs(folder.c_str(), &found) != 0) {
    if (errno == EINTR) continue;
    return absl::FailedPreconditionError(
        absl::ErrnoToStatus(errno, absl::StrCat("cannot tell the free space of ", folder)).message());
  }
  return static_cast<int64_t>(found.f_bavail) * static_cast<int64_t>(found.f_frsize);
}

absl::Status CheckRoom(const SpoolPlace& place, int64_t needed, int64_t pictures) {
  const absl::StatusOr<int64_t> free = place.free_bytes(place.folder);
  if (!free.ok() || *free >= needed) return absl::OkStatus();
  const auto megabytes = [](int64_t bytes) { return static_cast<double>(bytes) / 1e6; };
  return absl::ResourceExhaustedError(absl::StrFormat(
      "a training of %d pictures needs %.1f MB more in the spool folder %s, where %.1f MB are free: train "
      "on fewer pictures or a smaller input, or start the server with another --spool_folder",
      pictures, megabytes(needed), place.folder, megabytes(*free)));
}

}  // namespace mlfsc
