// The date, moved by what a test says, and the waits that end at a date: those of a machine whose clock is
// set while it waits.
#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <ctime>

#include <dlfcn.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "tests/faults/shared_control.h"

namespace mlfsc::faults {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
// How soon a wait notices that the clock has been set.
constexpr int64_t kSlice = 20'000'000;

int64_t Offset() { return control == nullptr ? 0 : control->date_offset_ns.load(); }

int64_t ToNs(const timespec& time) { return time.tv_sec * kSecond + time.tv_nsec; }
timespec ToTimespec(int64_t ns) { return {ns / kSecond, ns % kSecond}; }

int RealClock(clockid_t clock, timespec* time) {
  static const auto real = reinterpret_cast<int (*)(clockid_t, timespec*)>(dlsym(RTLD_NEXT, "clock_gettime"));
  return real(clock, time);
}
int64_t TrueNow() {
  timespec now;
  RealClock(CLOCK_REALTIME, &now);
  return ToNs(now);
}
int64_t MovedNow() { return TrueNow() + Offset(); }

// One slice of a wait until `deadline` of the moved clock, as the true clock has it.
timespec EndOfSlice(int64_t deadline) {
  const int64_t now = TrueNow();
  return ToTimespec(now + std::clamp<int64_t>(deadline - Offset() - now, 0, kSlice));
}

long RawFutex(long address, long operation, long value, const timespec* timeout, long address2, long bits) {
  static const auto real = reinterpret_cast<long (*)(long, ...)>(dlsym(RTLD_NEXT, "syscall"));
  return real(SYS_futex, address, operation, value, timeout, address2, bits);
}

// A futex wait until a date.
long WaitUntilDate(long address, long operation, long value, const timespec* deadline, long address2,
                   long bits) {
  while (true) {
    const timespec end = EndOfSlice(ToNs(*deadline));
    const long result = RawFutex(address, operation, value, &end, address2, bits);
    if (result == 0 || errno != ETIMEDOUT || MovedNow() >= ToNs(*deadline)) return result;
  }
}

}  // namespace
}  // namespace mlfsc::faults

using namespace mlfsc::faults;  // NOLINT: the functions below are the C library's

extern "C" {

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const int result = RealClock(clock, time);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
    *time = ToTimespec(ToNs(*time) + Offset());
  }
  return result;
}
int gettimeofday(timeval* time, void*) noexcept {
  const int64_t now = MovedNow();
  *time = {now / kSecond, now % kSecond / 1000};
  return 0;
}
time_t time(time_t* out) noexcept {
  const time_t now = MovedNow() / kSecond;
  if (out != nullptr) *out = now;
  return now;
}

long syscall(long number, ...) noexcept {
  static const auto real = reinterpret_cast<long (*)(long, ...)>(dlsym(RTLD_NEXT, "syscall"));
  long a[6];
  va_list more;
  va_start(more, number);
  for (long& argument : a) argument = va_arg(more, long);
  va_end(more);
  const bool until_date = number == SYS_futex && (a[1] & FUTEX_CMD_MASK) == FUTEX_WAIT_BITSET &&
                          (a[1] & FUTEX_CLOCK_REALTIME) != 0 && a[3] != 0;
  if (until_date && control != nullptr) {
    return WaitUntilDate(a[0], a[1], a[2], reinterpret_cast<const timespec*>(a[3]), a[4], a[5]);
  }
  return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex, const timespec* deadline) {
  static const auto real = reinterpret_cast<int (*)(pthread_cond_t*, pthread_mutex_t*, const timespec*)>(
      dlsym(RTLD_NEXT, "pthread_cond_timedwait"));
  clockid_t clock = CLOCK_REALTIME;
  // glibc keeps the condition's clock in bit 1 of its flags; those of another clock are not touched.
  if (control == nullptr || (condition->__data.__wrefs & 2) != 0) clock = CLOCK_MONOTONIC;
  if (clock == CLOCK_MONOTONIC) return real(condition, mutex, deadline);
  while (true) {
    const timespec end = EndOfSlice(ToNs(*deadline));
    const int result = real(condition, mutex, &end);
    if (result != ETIMEDOUT || MovedNow() >= ToNs(*deadline)) return result;
  }
}
}
