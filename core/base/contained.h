// Where exceptions end: at the edge of a thread or of a call. What throws in core and below is memory that
// cannot be had, and work that is cancelled.
#ifndef MLFSC_CORE_BASE_CONTAINED_H_
#define MLFSC_CORE_BASE_CONTAINED_H_

#include <chrono>
#include <new>
#include <thread>
#include <type_traits>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace mlfsc {

// The exception that is being handled, as a status: ResourceExhausted when memory or threads ran out, Cancelled for WorkCancelled,
// else Internal with its words. `doing`: "coding a picture". Throws nothing itself: without memory for words the status has
// none.
absl::Status StatusOfException(absl::string_view doing) noexcept;

// A status with these words, or without them when there is no memory for them.
absl::Status StatusOrBare(absl::StatusCode code, absl::string_view words) noexcept;

// The functions below are not analysed for locks: a body names a lock in its owner's words, which here nobody
// knows.

// Calls `body`, which returns a Status or a StatusOr, and returns what it returns or what its exception is as
// a status.
template <typename Body>
std::invoke_result_t<const Body&> Contained(absl::string_view doing,
                                            const Body& body) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  try {
    return body();
  } catch (...) {
    return StatusOfException(doing);
  }
}

// Calls `body`, which returns nothing; the status says whether it came to its end.
template <typename Body>
absl::Status ContainedVoid(absl::string_view doing, const Body& body) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  try {
    body();
    return absl::OkStatus();
  } catch (...) {
    return StatusOfException(doing);
  }
}

// Calls `body`, and returns whether it had the memory it wanted. A call that fails must have changed nothing.
template <typename Body>
bool HasMemoryTo(const Body& body) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  try {
    body();
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

// Calls `body` again until it gets the memory it wants, and returns what it returns. For the few bytes
// without which somebody would wait for an answer for ever. A call that fails must have changed nothing.
template <typename Body>
std::invoke_result_t<const Body&> Insist(const Body& body) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  while (true) {
    try {
      return body();
    } catch (const std::bad_alloc&) {
      // Not the processor's time as well.
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
}

}  // namespace mlfsc

#endif  // MLFSC_CORE_BASE_CONTAINED_H_
