#include "decoder/confine.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "core/base/error_text.h"

namespace mlfsc {
namespace {

#ifdef MLFSC_SANITIZED
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

std::string Failure(const char* what, int error) { return absl::StrCat(what, ": ", ErrorText(error)); }

bool Limit(__rlimit_resource resource, rlim_t value) {
  const rlimit limit = {value, value};
  return setrlimit(resource, &limit) == 0;
}

// Address space taken so far, in bytes; 0 where the system does not tell.
rlim_t TakenAddressSpace() {
  unsigned long long pages = 0;
  if (std::FILE* file = std::fopen("/proc/self/statm", "r"); file != nullptr) {
    if (std::fscanf(file, "%llu", &pages) != 1) pages = 0;
    std::fclose(file);
  }
  return pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE));
}

std::string SetLimits(const DecoderSetup& setup) {
  const rlim_t taken = TakenAddressSpace();
  if (taken == 0) return "/proc/self/statm cannot be read";
  // Root is above RLIMIT_NPROC; the filter is for all.
  if (!Limit(RLIMIT_CORE, 0) || !Limit(RLIMIT_FSIZE, 0) || !Limit(RLIMIT_NPROC, 0) ||
      !Limit(RLIMIT_MEMLOCK, 0) || !Limit(RLIMIT_MSGQUEUE, 0)) {
    return Failure("setrlimit", errno);
  }
  // UBSan asks a pipe whether memory can be read.
  if (kSanitized) return "";
  if (!Limit(RLIMIT_NOFILE, 0)) return Failure("RLIMIT_NOFILE", errno);
  rlimit inherited = {};
  if (getrlimit(RLIMIT_AS, &inherited) != 0 ||
      !Limit(RLIMIT_AS, std::min<rlim_t>(inherited.rlim_max, taken + setup.memory_limit))) {
    return Failure("RLIMIT_AS", errno);
  }
  return "";
}

// The system calls that are left.
class Filter {
 public:
  Filter() : context_(seccomp_init(SCMP_ACT_KILL_PROCESS)) {
    // Where the kernel or a filter around this one does not know that, the only thread is as good.
    if (context_ == nullptr) context_ = seccomp_init(SCMP_ACT_KILL_THREAD);
    if (context_ == nullptr) error_ = ENOSYS;
  }
  ~Filter() {
    if (context_ != nullptr) seccomp_release(context_);
  }
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;

  template <typename... Arguments>
  void Allow(int call, Arguments... arguments) {
    if (error_ != 0) return;
    error_ = -seccomp_rule_add(context_, SCMP_ACT_ALLOW, call, sizeof...(arguments), arguments...);
  }

  // 0, or an error number.
  int Load() {
    if (error_ == 0) error_ = -seccomp_load(context_);
    return error_;
  }

 private:
  scmp_filter_ctx context_;
  int error_ = 0;
};

std::string LoadFilter() {
  Filter filter;
  const scmp_arg_cmp socket{0, SCMP_CMP_EQ, static_cast<scmp_datum_t>(kDecoderSocket), 0};
  filter.Allow(SCMP_SYS(recvfrom), socket);
  filter.Allow(SCMP_SYS(sendto), socket);
  // Memory, but none that can be executed.
  const scmp_arg_cmp not_executable{2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0};
  filter.Allow(SCMP_SYS(mmap), not_executable);
  filter.Allow(SCMP_SYS(mprotect), not_executable);
  filter.Allow(SCMP_SYS(brk));
  filter.Allow(SCMP_SYS(munmap));
  filter.Allow(SCMP_SYS(mremap));
  filter.Allow(SCMP_SYS(madvise));
  // std::call_once; clocks where the vDSO has none; malloc's seeds.
  filter.Allow(SCMP_SYS(futex));
  filter.Allow(SCMP_SYS(clock_gettime));
  filter.Allow(SCMP_SYS(getrandom));
  // qsort() asks how much memory there is.
  filter.Allow(SCMP_SYS(sysinfo));
  // abort() and its last words, which go nowhere: standard error is closed.
  const scmp_arg_cmp self{0, SCMP_CMP_EQ, static_cast<scmp_datum_t>(getpid()), 0};
  const scmp_arg_cmp standard_error{0, SCMP_CMP_EQ, STDERR_FILENO, 0};
  filter.Allow(SCMP_SYS(getpid));
  filter.Allow(SCMP_SYS(gettid));
  filter.Allow(SCMP_SYS(tgkill), self);
  filter.Allow(SCMP_SYS(rt_sigprocmask));
  filter.Allow(SCMP_SYS(write), standard_error);
  filter.Allow(SCMP_SYS(writev), standard_error);
  // After SIGSTOP and SIGCONT.
  filter.Allow(SCMP_SYS(restart_syscall));
  filter.Allow(SCMP_SYS(exit));
  filter.Allow(SCMP_SYS(exit_group));
  const int error = filter.Load();
  return error == 0 ? "" : Failure("no filter of system calls (seccomp)", error);
}

}  // namespace

std::string Confine(const DecoderSetup& setup) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return Failure("PR_SET_PDEATHSIG", errno);
  // It may have ended before that.
  if (getppid() != setup.server) return "the server is gone";
  (void)prctl(PR_SET_NAME, "mlfsc-decoder");
  if (setup.niceness != 0 && setpriority(PRIO_PROCESS, 0, setup.niceness) != 0) {
    return Failure("setpriority", errno);
  }
  if (std::string failure = SetLimits(setup); !failure.empty()) return failure;
  if (prctl(PR_SET_DUMPABLE, 0) != 0) return Failure("PR_SET_DUMPABLE", errno);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return Failure("PR_SET_NO_NEW_PRIVS", errno);
  if (close_range(kDecoderSocket + 1, ~0u, 0) != 0) return Failure("close_range", errno);
  if (kSanitized) return "";
  if (close_range(0, kDecoderSocket - 1, 0) != 0) return Failure("close_range", errno);
  return LoadFilter();
}

}  // namespace mlfsc
