#include "core/training/spool.h"

#include <cerrno>
#include <cstdlib>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "absl/strings/str_format.h"

namespace mlfsc {
namespace {

absl::Status SpoolError(const char* what, const std::string& folder, int error) {
  absl::Status status =
      absl::ErrnoToStatus(error, absl::StrFormat("cannot %s spool file in %s", what, folder));
  switch (error) {
    case EFBIG:
      return absl::ResourceExhaustedError(status.message());
    case ENOENT:
    case ENOTDIR:
      return absl::FailedPreconditionError(status.message());
    default:
      return status;
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<Spool>> Spool::Create(const SpoolPlace& place, size_t record_floats) {
  std::string path = place.folder + "/mlfsc-spool-XXXXXX";
  const int descriptor = mkostemp(path.data(), O_CLOEXEC);
  if (descriptor < 0) return SpoolError("make a", place.folder, errno);
  unlink(path.c_str());
  return std::unique_ptr<Spool>(new Spool(place, descriptor, record_floats));
}

Spool::Spool(SpoolPlace place, int descriptor, size_t record_floats)
    : place_(std::move(place)), descriptor_(descriptor), record_bytes_(record_floats * sizeof(float)) {}

Spool::~Spool() {
  close(descriptor_);
  if (place_.meter != nullptr) place_.meter->Add(-records_ * static_cast<int64_t>(record_bytes_));
}

absl::Status Spool::Append(absl::Span<const absl::Span<const float>> parts) {
  auto offset = static_cast<off_t>(records_ * record_bytes_);
  for (const absl::Span<const float> part : parts) {
    auto* bytes = reinterpret_cast<const char*>(part.data());
    size_t left = part.size() * sizeof(float);
    while (left > 0) {
      const ssize_t written = pwrite(descriptor_, bytes, left, offset);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return SpoolError("write the", place_.folder, errno);
      bytes += written;
      left -= written;
      offset += written;
    }
  }
  ++records_;
  if (place_.meter != nullptr) place_.meter->Add(static_cast<int64_t>(record_bytes_));
  return absl::OkStatus();
}

absl::Status Spool::Read(int64_t index, absl::Span<const absl::Span<float>> parts) const {
  auto offset = static_cast<off_t>(index * record_bytes_);
  for (const absl::Span<float> part : parts) {
    auto* bytes = reinterpret_cast<char*>(part.data());
    size_t left = part.size() * sizeof(float);
    while (left > 0) {
      const ssize_t got = pread(descriptor_, bytes, left, offset);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return SpoolError("read the", place_.folder, errno);
      if (got == 0)
        return absl::InternalError(
            absl::StrFormat("spool file in %s ends in record %d", place_.folder, index));
      bytes += got;
      left -= got;
      offset += got;
    }
  }
  return absl::OkStatus();
}

}  // namespace mlfsc
