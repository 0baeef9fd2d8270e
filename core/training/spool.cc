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

absl::StatusOr<std::unique_ptr<Spool>> Spool::Create(const std::string& folder, size_t record_floats) {
  std::string path = folder + "/mlfsc-spool-XXXXXX";
  const int descriptor = mkostemp(path.data(), O_CLOEXEC);
  if (descriptor < 0) return SpoolError("make a", folder, errno);
  unlink(path.c_str());
  return std::unique_ptr<Spool>(new Spool(folder, descriptor, record_floats));
}

Spool::Spool(std::string folder, int descriptor, size_t record_floats)
    : folder_(std::move(folder)), descriptor_(descriptor), record_bytes_(record_floats * sizeof(float)) {}

Spool::~Spool() { close(descriptor_); }

absl::Status Spool::Append(absl::Span<const absl::Span<const float>> parts) {
  auto offset = static_cast<off_t>(records_ * record_bytes_);
  for (const absl::Span<const float> part : parts) {
    auto* bytes = reinterpret_cast<const char*>(part.data());
    size_t left = part.size() * sizeof(float);
    while (left > 0) {
      const ssize_t written = pwrite(descriptor_, bytes, left, offset);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return SpoolError("write the", folder_, errno);
      bytes += written;
      left -= written;
      offset += written;
    }
  }
  ++records_;
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
      if (got < 0) return SpoolError("read the", folder_, errno);
      if (got == 0)
        return absl::InternalError(absl::StrFormat("spool file in %s ends in record %d", folder_, index));
      bytes += got;
      left -= got;
      offset += got;
    }
  }
  return absl::OkStatus();
}

}  // namespace mlfsc
