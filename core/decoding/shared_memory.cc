#include "core/decoding/shared_memory.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "absl/strings/str_format.h"
#include "core/base/error_text.h"
#include "core/decoding/descriptors.h"

namespace mlfsc {

size_t WholePages(size_t bytes) {
  const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return (bytes + page - 1) / page * page;
}

absl::StatusOr<std::unique_ptr<SharedMemory>> SharedMemory::Create(size_t size) {
  const auto failure = [size] {
    return absl::ResourceExhaustedError(
        absl::StrFormat("cannot have %d bytes of shared memory: %s", size, ErrorText(errno)));
  };
  const int made = memfd_create("mlfsc-picture", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (made < 0) return failure();
  const int descriptor = MoveOutOfTheWay(made);
  if (descriptor < 0) return failure();
  if (ftruncate(descriptor, static_cast<off_t>(size)) != 0 ||
      fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    const absl::Status status = failure();
    close(descriptor);
    return status;
  }
  void* data = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, descriptor, 0);
  if (data == MAP_FAILED) {
    const absl::Status status = failure();
    close(descriptor);
    return status;
  }
  return std::unique_ptr<SharedMemory>(new SharedMemory(descriptor, static_cast<char*>(data), size));
}

SharedMemory::~SharedMemory() {
  munmap(data_, size_);
  close(descriptor_);
}

void SharedMemory::Release(size_t begin, size_t end) {
  // Where it fails, the memory stays until the process ends.
  if (begin < end) (void)madvise(data_ + begin, end - begin, MADV_REMOVE);
}

}  // namespace mlfsc
