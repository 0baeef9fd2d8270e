#include "core/decoding/decoder_end.h"

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

std::string DescribeEnd(int wait_status) {
  if (WIFEXITED(wait_status)) return absl::StrFormat("ended with exit code %d", WEXITSTATUS(wait_status));
  const int signal = WTERMSIG(wait_status);
  const char* name = sigabbrev_np(signal);
  return absl::StrFormat("ended by signal %d (%s)", signal,
                         name == nullptr ? "?" : absl::StrFormat("SIG%s", name));
}

}  // namespace mlfsc
