// Numbers by the hundred million, read in ascending order, in bounded memory.
#ifndef MLFSC_CLIENT_EVALUATION_SORTED_RUNS_H_
#define MLFSC_CLIENT_EVALUATION_SORTED_RUNS_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/mutex.h"

namespace mlfsc::client {

// Each Add sorts its numbers and appends them to a temporary file (deleted when this goes away, however the
// program ends); Merge reads all of them back side by side, and makes long runs of short ones first where there
// are too many for that. On disk four bytes a number, eight where runs are too many; in memory what one Add is
// given, 24 bytes an Add, and `merge_bytes` in Merge. Add is thread-safe; Merge comes after the last Add.
class SortedRuns {
 public:
  // In the system's folder for temporary files (TMPDIR). `merge_bytes`: room for the buffers of as many runs as
  // there are tags at least, 8 KiB each.
  static absl::StatusOr<std::unique_ptr<SortedRuns>> Create(int64_t merge_bytes = int64_t{64} << 20);
  ~SortedRuns();
  SortedRuns(const SortedRuns&) = delete;
  SortedRuns& operator=(const SortedRuns&) = delete;

  // Finite numbers that share a tag of the caller's. ResourceExhausted when the disk is full.
  absl::Status Add(int tag, std::vector<float> values);

  // Calls visit(value, tag, count) for all numbers, ascending; equal ones of one Add come as one call, others
  // next to each other in any order.
  absl::Status Merge(absl::FunctionRef<void(float, int, int64_t)> visit);

 private:
  struct Run {
    int tag;
    // In numbers, from the file's start.
    int64_t begin;
    int64_t end;
  };
  class Cursor;
  class Writer;
  using Visit = absl::FunctionRef<absl::Status(float, int, int64_t)>;

  SortedRuns(int file, int64_t merge_bytes) : file_(file), merge_bytes_(merge_bytes) {}

  // Runs that can be read side by side.
  size_t MostRuns() const;
  // Makes one run of as many of a tag's as can be read side by side.
  absl::Status Combine(std::vector<Run>* runs) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status MergeRuns(const std::vector<Run>& runs, Visit visit) const;

  const int file_;
  const int64_t merge_bytes_;
  Mutex mutex_;
  std::vector<Run> runs_ ABSL_GUARDED_BY(mutex_);
  int64_t numbers_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_EVALUATION_SORTED_RUNS_H_
