#include "tests/faults/shared_control.h"

#include <cstdlib>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace mlfsc::faults {

Control* control = nullptr;
thread_local bool inside = false;

namespace {

__attribute__((constructor)) void MapControl() {
  const char* path = std::getenv("MLFSC_FAULTS");
  const int file = path == nullptr ? -1 : open(path, O_RDWR | O_CLOEXEC);
  if (file < 0) return;
  void* memory = mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (memory != MAP_FAILED) control = static_cast<Control*>(memory);
}

}  // namespace
}  // namespace mlfsc::faults
