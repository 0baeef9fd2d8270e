// System calls on files, which fail or dawdle when a test says so.
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <ctime>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include "tests/faults/shared_control.h"

namespace mlfsc::faults {
namespace {

template <typename Function>
Function Real(Function, const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

bool IsMeant(FileOperation operation) {
  return control != nullptr && !inside && (control->operations.load() & operation) != 0;
}

// Whether the operation is to fail; takes its time.
bool Suffers(const char* path) {
  if (std::strstr(path, control->path) == nullptr) return false;
  control->files_hit.fetch_add(1);
  if (const int64_t delay = control->file_delay_us.load(); delay > 0) {
    const timespec time = {delay / 1'000'000, delay % 1'000'000 * 1000};
    nanosleep(&time, nullptr);
  }
  const auto error = static_cast<int>(control->file_error.load());
  if (error != 0) errno = error;
  return error != 0;
}

bool Suffers(FileOperation operation, int file) {
  if (!IsMeant(operation)) return false;
  char link[64];
  char path[512];
  std::snprintf(link, sizeof(link), "/proc/self/fd/%d", file);
  const ssize_t size = readlink(link, path, sizeof(path) - 1);
  if (size < 0) return false;
  path[size] = '\0';
  return Suffers(path);
}

bool Suffers(FileOperation operation, const char* path) { return IsMeant(operation) && Suffers(path); }

}  // namespace
}  // namespace mlfsc::faults

using namespace mlfsc::faults;  // NOLINT: the functions below are the C library's

extern "C" {

ssize_t write(int file, const void* bytes, size_t size) {
  static const auto real = Real(&write, "write");
  return Suffers(kWrite, file) ? -1 : real(file, bytes, size);
}
ssize_t pwrite64(int file, const void* bytes, size_t size, off64_t at) {
  static const auto real = Real(&pwrite64, "pwrite64");
  return Suffers(kWrite, file) ? -1 : real(file, bytes, size, at);
}
ssize_t pwrite(int file, const void* bytes, size_t size, off_t at) { return pwrite64(file, bytes, size, at); }
ssize_t read(int file, void* bytes, size_t size) {
  static const auto real = Real(&read, "read");
  return Suffers(kRead, file) ? -1 : real(file, bytes, size);
}
ssize_t pread64(int file, void* bytes, size_t size, off64_t at) {
  static const auto real = Real(&pread64, "pread64");
  return Suffers(kRead, file) ? -1 : real(file, bytes, size, at);
}
ssize_t pread(int file, void* bytes, size_t size, off_t at) { return pread64(file, bytes, size, at); }
int fsync(int file) {
  static const auto real = Real(&fsync, "fsync");
  return Suffers(kSync, file) ? -1 : real(file);
}
int rename(const char* from, const char* to) noexcept {
  static const auto real = Real(&rename, "rename");
  return Suffers(kRename, to) ? -1 : real(from, to);
}
int open(const char* path, int flags, ...) {
  static const auto real = Real(&open, "open");
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  return Suffers(kOpen, path) ? -1 : real(path, flags, mode);
}
}
