// Large blocks of memory that were freed, kept for the next request of the same size.
//
// A forward pass takes and frees the same few activations each time, megabytes each. The C library gives such
// blocks back to the system at once and gets them back zeroed, page fault by page fault: a tenth of a forward
// pass.
#ifndef MLFSC_MODELS_KEPT_BLOCKS_H_
#define MLFSC_MODELS_KEPT_BLOCKS_H_

#include <cstddef>
#include <unordered_map>
#include <vector>

#include "core/base/mutex.h"

namespace mlfsc {

// Thread-safe. The destructor frees what is kept.
class KeptBlocks {
 public:
  // Bytes of the smallest block that is worth keeping.
  static constexpr size_t kSmallest = size_t{1} << 17;

  // `most_bytes`: that are kept at once. When a freed block would exceed it, all kept ones are given back
  // first: sizes that nobody asks for any more do not stay.
  explicit KeptBlocks(size_t most_bytes) : most_bytes_(most_bytes) {}
  ~KeptBlocks();
  KeptBlocks(const KeptBlocks&) = delete;
  KeptBlocks& operator=(const KeptBlocks&) = delete;

  // A block of `bytes`, aligned for vector instructions; null for 0 bytes. Throws LibTorch's exception when
  // there is no memory.
  void* Allocate(size_t bytes);

  // `block`: from Allocate, or from LibTorch's own allocator; may be null.
  void Free(void* block);

  // Bytes of blocks in use that are worth keeping.
  size_t used_bytes() const;
  // Bytes of freed blocks that are kept.
  size_t kept_bytes() const;

 private:
  void ReleaseAll() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t most_bytes_;
  mutable Mutex mutex_;
  // Large blocks in use, and their sizes.
  std::unordered_map<void*, size_t> used_ ABSL_GUARDED_BY(mutex_);
  // Freed ones by size.
  std::unordered_map<size_t, std::vector<void*>> kept_ ABSL_GUARDED_BY(mutex_);
  size_t used_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t kept_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

// From now on LibTorch takes the host's memory from one KeptBlocks that lives as long as the process. May be
// called again, from any thread.
void KeepBlocksOfTorch();

// LibTorch's own. Small blocks, weights packed by oneDNN and a GPU's memory are not in it.
const KeptBlocks& BlocksOfTorch();

}  // namespace mlfsc

#endif  // MLFSC_MODELS_KEPT_BLOCKS_H_
