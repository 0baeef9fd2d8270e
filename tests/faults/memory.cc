// malloc and its relatives, which fail when a test says so.
#include <cerrno>
#include <cstddef>
#include <cstring>

#include <sys/prctl.h>

#include "tests/faults/call_path.h"
#include "tests/faults/shared_control.h"

extern "C" {
// glibc's own, by their second names.
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* memory, size_t size);
void* __libc_memalign(size_t alignment, size_t size);
}

namespace mlfsc::faults {
namespace {

bool IsThreadMeant() {
  if (control->thread[0] == '\0') return true;
  char name[16] = {};
  prctl(PR_GET_NAME, name);
  return std::strncmp(name, control->thread, sizeof(name)) == 0;
}

bool IsToFail(size_t size) {
  if (control == nullptr || inside || control->fail.load() == 0) return false;
  if (static_cast<int64_t>(size) < control->at_least.load() || !IsThreadMeant()) return false;
  inside = true;
  bool fails = false;
  if (IsForOurCode()) {
    control->seen.fetch_add(1);
    if (control->skip.fetch_sub(1) <= 0) {
      fails = control->fail.fetch_sub(1) > 0;
      if (!fails) control->fail.fetch_add(1);
    }
    if (fails) control->failed.fetch_add(1);
  }
  inside = false;
  if (fails) errno = ENOMEM;
  return fails;
}

}  // namespace
}  // namespace mlfsc::faults

using mlfsc::faults::IsToFail;

extern "C" {

void* malloc(size_t size) { return IsToFail(size) ? nullptr : __libc_malloc(size); }
void* calloc(size_t count, size_t size) {
  return IsToFail(count * size) ? nullptr : __libc_calloc(count, size);
}
void* realloc(void* memory, size_t size) {
  return size > 0 && IsToFail(size) ? nullptr : __libc_realloc(memory, size);
}
void* memalign(size_t alignment, size_t size) {
  return IsToFail(size) ? nullptr : __libc_memalign(alignment, size);
}
void* aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }
int posix_memalign(void** memory, size_t alignment, size_t size) {
  void* const found = memalign(alignment, size);
  if (found == nullptr) return ENOMEM;
  *memory = found;
  return 0;
}
}
