// How glibc's allocator is set for a process that runs for months: what is free goes back to the system, and
// the resident size says what is in use. Elsewhere nothing is changed.
#ifndef MLFSC_SERVER_HEAPS_H_
#define MLFSC_SERVER_HEAPS_H_

#include <thread>

#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/mutex.h"

namespace mlfsc {

// To be called before the first thread, which keeps the heap that it gets.
//
// At most one heap a core: glibc would make up to eight, each of which keeps what its busiest moment took.
// And the size from which a block is the system's own does not move: it would grow to that of the largest
// block that was freed, tens of megabytes after a training, and with such blocks on the heaps small ones come
// to lie far apart.
void BoundHeaps();

// Gives back the free pages of all heaps every so often; takes about a millisecond each time.
class HeapTrimmer {
 public:
  // `clock` outlives the trimmer.
  HeapTrimmer(absl::Duration interval, Clock* clock);
  ~HeapTrimmer();
  HeapTrimmer(const HeapTrimmer&) = delete;
  HeapTrimmer& operator=(const HeapTrimmer&) = delete;

 private:
  void Run();

  const absl::Duration interval_;
  Clock* const clock_;
  Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace mlfsc

#endif  // MLFSC_SERVER_HEAPS_H_
