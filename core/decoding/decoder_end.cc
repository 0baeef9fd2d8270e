#include "core/decoding/decoder_end.h"

#include <csignal>
#include <cstring>

#include <sys/wait.h>

#include "absl/strings/str_format.h"

namespace mlfsc {

absl::string_view DecoderEndCauseName(DecoderEndCause cause) {
  switch (cause) {
    case DecoderEndCause::kCrash:
      return "crash";
    case DecoderEndCause::kTime:
      return "time";
    case DecoderEndCause::kProtocol:
      return "protocol";
    case DecoderEndCause::kStart:
      return "start";
  }
  return "unknown";
}

bool WasEndedFromOutside(int wait_status) {
  if (!WIFSIGNALED(wait_status)) return false;
  switch (WTERMSIG(wait_status)) {
    case SIGKILL:
    case SIGTERM:
    case SIGINT:
    case SIGHUP:
    case SIGQUIT:
    case SIGBUS:
      return true;
    default:
      return false;
  }
}

std::string DescribeEnd(int wait_status) {
  if (WIFEXITED(wait_status)) return absl::StrFormat("ended with exit code %d", WEXITSTATUS(wait_status));
  const int signal = WTERMSIG(wait_status);
  const char* name = sigabbrev_np(signal);
  return absl::StrFormat("ended by signal %d (%s)", signal,
                         name == nullptr ? "?" : absl::StrFormat("SIG%s", name));
}

}  // namespace mlfsc
