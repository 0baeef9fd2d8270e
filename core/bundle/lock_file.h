// An advisory lock that says who holds it.
#ifndef MLFSC_CORE_BUNDLE_LOCK_FILE_H_
#define MLFSC_CORE_BUNDLE_LOCK_FILE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/bundle/file_system.h"

namespace mlfsc {

// FileSystem::Lock of the real file system: flock, tried anew every few milliseconds, since the call itself
// knows no limit of time. While it is held the file has one line, `HOST PID SINCE` (RFC 3339, UTC); the
// holder that ends in order empties it. A line that could not be written (a full disk) costs only the name.
// Thread-safe.
absl::StatusOr<std::unique_ptr<FileLock>> TakeLock(const std::string& path, absl::Duration wait);

}  // namespace mlfsc

#endif  // MLFSC_CORE_BUNDLE_LOCK_FILE_H_
