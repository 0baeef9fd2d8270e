#include "server/heaps.h"

#include <algorithm>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace mlfsc {

void BoundHeaps() {
#ifdef __GLIBC__
  // Called before there are threads.
  // NOLINTBEGIN(concurrency-mt-unsafe)
  mallopt(M_ARENA_MAX, std::max(2, static_cast<int>(std::thread::hardware_concurrency())));
  mallopt(M_MMAP_THRESHOLD, 16 << 20);
  // NOLINTEND(concurrency-mt-unsafe)
#endif
}

HeapTrimmer::HeapTrimmer(absl::Duration interval, Clock* clock)
    : interval_(interval), clock_(clock), thread_([this] { Run(); }) {}

HeapTrimmer::~HeapTrimmer() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    mutex_.SignalAll();
  }
  thread_.join();
}

void HeapTrimmer::Run() {
  while (true) {
    {
      MutexLock lock(&mutex_);
      const absl::Time next = clock_->Now() + interval_;
      while (!stopping_ && clock_->Now() < next) clock_->WaitUntil(&mutex_, next);
      if (stopping_) return;
    }
#ifdef __GLIBC__
    malloc_trim(0);
#endif
  }
}

}  // namespace mlfsc
