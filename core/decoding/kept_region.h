// A part of shared memory that is used over and over, and what it keeps in between.
#ifndef MLFSC_CORE_DECODING_KEPT_REGION_H_
#define MLFSC_CORE_DECODING_KEPT_REGION_H_

#include <cstddef>

#include "core/decoding/shared_memory.h"

namespace mlfsc {

// What is there already costs no page faults, so it stays from picture to picture: 16 MiB, in which a picture
// of 2048 px a side fits, and 64 MiB (4096 px) after a larger one, until a small one comes. Not thread-safe.
class KeptRegion {
 public:
  // [begin, begin + size) of `memory`, whole pages; `memory` outlives it.
  KeptRegion(SharedMemory* memory, size_t begin, size_t size) : memory_(memory), begin_(begin), size_(size) {}

  char* data() const { return memory_->data() + begin_; }
  size_t begin() const { return begin_; }

  // After a use that wrote the first `used` bytes at most: gives back what is not to be kept.
  void ReleaseAfter(size_t used);
  // After one of which nobody knows how much it wrote; it counts as small.
  void ReleaseAfterUnknownUse();

 private:
  SharedMemory* const memory_;
  const size_t begin_;
  const size_t size_;
  // From the beginning: what holds memory, at most.
  size_t touched_ = 0;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_DECODING_KEPT_REGION_H_
