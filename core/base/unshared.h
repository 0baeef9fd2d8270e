// Statuses that go from thread to thread.
#ifndef MLFSC_CORE_BASE_UNSHARED_H_
#define MLFSC_CORE_BASE_UNSHARED_H_

#include "absl/status/status.h"

namespace mlfsc {

// A copy that shares no memory with `status`. Copies of an absl::Status share their text and count themselves
// inside Abseil's library, where ThreadSanitizer does not look in Debian's build: a copy that another thread
// lets go of last looks like a race to it. So what is handed to another thread while this one keeps a copy
// goes through here. Does not throw: without memory for them the words are left out.
absl::Status Unshared(const absl::Status& status);

}  // namespace mlfsc

#endif  // MLFSC_CORE_BASE_UNSHARED_H_
