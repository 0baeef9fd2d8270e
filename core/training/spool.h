// What a training keeps on disk instead of in memory.
#ifndef MLFSC_CORE_TRAINING_SPOOL_H_
#define MLFSC_CORE_TRAINING_SPOOL_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/training/spool_place.h"

namespace mlfsc {

// Records of equal size in a temporary file that has no name any more: it goes with the object, or with the
// process however that ends. Errors name the folder and the cause: ResourceExhausted when the disk is full,
// PermissionDenied, FailedPrecondition when the folder is missing or read-only. Not thread-safe.
class Spool {
 public:
  // `record_floats`: float32 values in a record.
  static absl::StatusOr<std::unique_ptr<Spool>> Create(const SpoolPlace& place, size_t record_floats);
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  int64_t records() const { return records_; }

  // `parts`: the record's values, one after the other; record_floats in all. Nothing is added on an error.
  absl::Status Append(absl::Span<const absl::Span<const float>> parts);

  // Fills `parts` with record `index`, which must have been appended.
  absl::Status Read(int64_t index, absl::Span<const absl::Span<float>> parts) const;

 private:
  Spool(SpoolPlace place, int descriptor, size_t record_floats);

  const SpoolPlace place_;
  const int descriptor_;
  const size_t record_bytes_;
  int64_t records_ = 0;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_TRAINING_SPOOL_H_
