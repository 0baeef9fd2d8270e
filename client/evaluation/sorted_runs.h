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
// program ends); Merge reads all of them back side by side. On disk four bytes a number; in memory what one
// Add is given, and 64 MiB in Merge. Add is thread-safe; Merge comes after the last Add.
class SortedRuns {
 public:
  // In the system's folder for temporary files (TMPDIR).
  static absl::StatusOr<std::unique_ptr<SortedRuns>> Create();
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

  explicit SortedRuns(int file) : file_(file) {}

  const int file_;
  Mutex mutex_;
  std::vector<Run> runs_ ABSL_GUARDED_BY(mutex_);
  int64_t numbers_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_EVALUATION_SORTED_RUNS_H_
