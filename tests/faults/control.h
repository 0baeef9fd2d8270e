// What a test tells the faults library inside a running server: tests/faults/control.py writes the same
// layout.
#ifndef MLFSC_TESTS_FAULTS_CONTROL_H_
#define MLFSC_TESTS_FAULTS_CONTROL_H_

#include <atomic>
#include <cstdint>

namespace mlfsc::faults {

// File operations, as bits.
enum FileOperation : int64_t { kRead = 1, kWrite = 2, kSync = 4, kRename = 8, kOpen = 16 };

// A file of this size, shared by the test and the server. Words are written one by one; the last one that a
// fault needs is its switch.
struct Control {
  // Allocations that fail: those of threads of this name (all when it is empty) of at least so many bytes,
  // the `skip` first of them apart. `fail` of them fail; with 0 nothing does. `seen` and `failed` are counted
  // by the server.
  char thread[16];
  std::atomic<int64_t> at_least;
  std::atomic<int64_t> skip;
  std::atomic<int64_t> fail;
  std::atomic<int64_t> seen;
  std::atomic<int64_t> failed;

  // Operations on files whose path has `path` in it fail with `file_error`, or take `file_delay_us` longer; 0
  // for neither.
  char path[128];
  std::atomic<int64_t> operations;
  std::atomic<int64_t> file_error;
  std::atomic<int64_t> file_delay_us;
  std::atomic<int64_t> files_hit;

  // Added to the date.
  std::atomic<int64_t> date_offset_ns;
};

}  // namespace mlfsc::faults

#endif  // MLFSC_TESTS_FAULTS_CONTROL_H_
