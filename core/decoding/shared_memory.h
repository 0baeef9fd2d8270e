// Memory that two processes have.
#ifndef MLFSC_CORE_DECODING_SHARED_MEMORY_H_
#define MLFSC_CORE_DECODING_SHARED_MEMORY_H_

#include <cstddef>
#include <memory>

#include "absl/status/statusor.h"

namespace mlfsc {

// Takes no memory until it is written to. Its size is sealed: whoever else has the descriptor cannot take
// pages away from under a reader. Not thread-safe.
class SharedMemory {
 public:
  // ResourceExhausted when the system refuses.
  static absl::StatusOr<std::unique_ptr<SharedMemory>> Create(size_t size);
  ~SharedMemory();
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;

  char* data() const { return data_; }
  size_t size() const { return size_; }
  // Closed on exec.
  int descriptor() const { return descriptor_; }

  // Gives the pages of [begin, end) back to the system; they read as zeros. Both are multiples of a page.
  void Release(size_t begin, size_t end);

 private:
  SharedMemory(int descriptor, char* data, size_t size) : descriptor_(descriptor), data_(data), size_(size) {}

  const int descriptor_;
  char* const data_;
  const size_t size_;
};

// Rounded up to whole pages.
size_t WholePages(size_t bytes);

}  // namespace mlfsc

#endif  // MLFSC_CORE_DECODING_SHARED_MEMORY_H_
