// Where trainings spool, what they have there, and whether there is room.
#ifndef MLFSC_CORE_TRAINING_SPOOL_PLACE_H_
#define MLFSC_CORE_TRAINING_SPOOL_PLACE_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/mutex.h"

namespace mlfsc {

// The bytes in all spools of a process. Thread-safe.
class SpoolMeter {
 public:
  // `changed`: told the new sum after each change, one call at a time; may be null.
  explicit SpoolMeter(std::function<void(int64_t bytes)> changed = nullptr) : changed_(std::move(changed)) {}

  void Add(int64_t bytes);
  int64_t bytes() const;

 private:
  const std::function<void(int64_t)> changed_;
  mutable Mutex mutex_;
  int64_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

// Bytes that this user may still write to the folder's file system. FailedPrecondition when they cannot be
// told.
absl::StatusOr<int64_t> FreeBytes(const std::string& folder);

struct SpoolPlace {
  SpoolPlace(std::string in = "/tmp", SpoolMeter* counted = nullptr)  // NOLINT(google-explicit-constructor)
      : folder(std::move(in)), meter(counted) {}

  // A disk, unless what is spooled fits into memory.
  std::string folder;
  // Counts what is spooled; may be null. Outlives the spools.
  SpoolMeter* meter;
  std::function<absl::StatusOr<int64_t>(const std::string& folder)> free_bytes = FreeBytes;
};

// ResourceExhausted, naming the needed and the free bytes and the folder, when `needed` bytes more do not
// fit. `pictures`: that need them, for the message. OK when nobody can tell what is free: then writing will.
absl::Status CheckRoom(const SpoolPlace& place, int64_t needed, int64_t pictures);

}  // namespace mlfsc

#endif  // MLFSC_CORE_TRAINING_SPOOL_PLACE_H_
