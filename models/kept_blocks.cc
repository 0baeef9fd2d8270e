#include "models/kept_blocks.h"

#include <cstdint>
#include <cstring>

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>

namespace mlfsc {
namespace {

// Above what one picture of 512 pixels a side needs in all.
constexpr size_t kMostBytes = size_t{512} << 20;

// Never destroyed: tensors with static lifetime may outlive everything else.
KeptBlocks& TheBlocks() {
  static auto* const blocks = new KeptBlocks(kMostBytes);
  return *blocks;
}

void FreeBlockOfTorch(void* block) { TheBlocks().Free(block); }

class TorchAllocator final : public c10::Allocator {
 public:
  // LibTorch's own `allocate` is const up to 2.2 and not const after; `copy_data` came with 2.2. Whichever
  // LibTorch it is, one of each pair overrides, so none can say so.
  // NOLINTBEGIN(modernize-use-override)
  c10::DataPtr allocate(size_t bytes) const { return Allocate(bytes); }
  c10::DataPtr allocate(size_t bytes) { return Allocate(bytes); }
  void copy_data(void* to, const void* from, size_t bytes) const { std::memcpy(to, from, bytes); }
  c10::DeleterFnPtr raw_deleter() const { return &FreeBlockOfTorch; }
  // NOLINTEND(modernize-use-override)

 private:
  static c10::DataPtr Allocate(size_t bytes) {
    void* const block = TheBlocks().Allocate(bytes);
    return {block, block, &FreeBlockOfTorch, c10::Device(c10::kCPU)};
  }
};

}  // namespace

KeptBlocks::~KeptBlocks() {
  const MutexLock lock(&mutex_);
  ReleaseAll();
}

void* KeptBlocks::Allocate(size_t bytes) {
  if (bytes < kSmallest) return c10::alloc_cpu(bytes);
  const MutexLock lock(&mutex_);
  std::vector<void*>& of_size = kept_[bytes];
  void* block = nullptr;
  if (of_size.empty()) {
    block = c10::alloc_cpu(bytes);
  } else {
    block = of_size.back();
    of_size.pop_back();
    kept_bytes_ -= bytes;
  }
  used_.emplace(block, bytes);
  used_bytes_ += bytes;
  return block;
}

void KeptBlocks::Free(void* block) {
  if (block == nullptr) return;
  const MutexLock lock(&mutex_);
  const auto used = used_.find(block);
  if (used == used_.end()) {
    c10::free_cpu(block);
    return;
  }
  const size_t bytes = used->second;
  used_.erase(used);
  used_bytes_ -= bytes;
  if (kept_bytes_ + bytes > most_bytes_) ReleaseAll();
  if (bytes > most_bytes_) {
    c10::free_cpu(block);
    return;
  }
  kept_[bytes].push_back(block);
  kept_bytes_ += bytes;
}

size_t KeptBlocks::used_bytes() const {
  const MutexLock lock(&mutex_);
  return used_bytes_;
}

size_t KeptBlocks::kept_bytes() const {
  const MutexLock lock(&mutex_);
  return kept_bytes_;
}

void KeptBlocks::ReleaseAll() {
  for (const auto& [bytes, blocks] : kept_) {
    for (void* const block : blocks) c10::free_cpu(block);
  }
  kept_.clear();
  kept_bytes_ = 0;
}

const KeptBlocks& BlocksOfTorch() { return TheBlocks(); }

void KeepBlocksOfTorch() {
  static const bool done = [] {
    // Above LibTorch's own; it keeps the pointer for ever.
    static TorchAllocator* const allocator = new TorchAllocator;
    constexpr uint8_t kPriority = 100;
    c10::SetCPUAllocator(allocator, kPriority);
    return true;
  }();
  static_cast<void>(done);
}

}  // namespace mlfsc
