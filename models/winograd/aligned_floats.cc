#include "models/winograd/aligned_floats.h"

#include <cstring>
#include <new>

#include <sys/mman.h>

namespace mlfsc::winograd {
namespace {

constexpr size_t kCacheLine = 64;
constexpr size_t kHugePage = size_t{2} << 20;

}  // namespace

AlignedFloats::AlignedFloats(size_t count) : count_(count) {
  if (count == 0) return;
  const size_t wanted = count * sizeof(float);
  const size_t alignment = wanted >= kHugePage ? kHugePage : kCacheLine;
  const size_t bytes = (wanted + alignment - 1) / alignment * alignment;
  values_.reset(static_cast<float*>(std::aligned_alloc(alignment, bytes)));
  if (values_ == nullptr) throw std::bad_alloc();
  // Advice: without huge pages it is only slower.
  if (alignment == kHugePage) madvise(values_.get(), bytes, MADV_HUGEPAGE);
  std::memset(values_.get(), 0, bytes);
}

}  // namespace mlfsc::winograd
