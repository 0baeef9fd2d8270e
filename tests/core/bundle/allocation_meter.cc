#include "tests/core/bundle/allocation_meter.h"

#include <atomic>
#include <cstdlib>
#include <new>

#include <malloc.h>

namespace {

std::atomic<int64_t> held_bytes{0};
std::atomic<int64_t> most_held_bytes{0};

}  // namespace

void* operator new(size_t size) {
  void* const memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  const int64_t held =
      held_bytes.fetch_add(static_cast<int64_t>(malloc_usable_size(memory))) + malloc_usable_size(memory);
  int64_t most = most_held_bytes.load();
  while (held > most && !most_held_bytes.compare_exchange_weak(most, held)) {
  }
  return memory;
}

void operator delete(void* memory) noexcept {
  if (memory == nullptr) return;
  held_bytes.fetch_sub(static_cast<int64_t>(malloc_usable_size(memory)));
  std::free(memory);
}

void operator delete(void* memory, size_t) noexcept { operator delete(memory); }

namespace mlfsc::testing {

AllocationMeter::AllocationMeter() : held_before_(held_bytes.load()) { most_held_bytes = held_before_; }

int64_t AllocationMeter::peak_bytes() const { return most_held_bytes - held_before_; }

}  // namespace mlfsc::testing
