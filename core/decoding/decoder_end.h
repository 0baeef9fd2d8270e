// Why a decoding process is no more.
#ifndef MLFSC_CORE_DECODING_DECODER_END_H_
#define MLFSC_CORE_DECODING_DECODER_END_H_

#include <string>

#include "absl/strings/string_view.h"

namespace mlfsc {

enum class DecoderEndCause {
  // By a signal or by itself, with a picture or without.
  kCrash,
  // Killed: a picture took longer than it may.
  kTime,
  // Killed: it said what cannot be.
  kProtocol,
  // It did not begin.
  kStart,
};
inline constexpr int kDecoderEndCauses = 4;

// For a metric's label: "crash", "time", "protocol", "start".
absl::string_view DecoderEndCauseName(DecoderEndCause cause);

struct DecoderEnd {
  DecoderEndCause cause = DecoderEndCause::kCrash;
  // One line, for people: "the decoding process ended by signal 11 (SIGSEGV)".
  std::string what;
};

// From a status of waitpid: whether the system, for want of memory, or somebody ended it. What it was given to decode has no
// part in that: its own memory is limited. Of its own signals only SIGBUS is among them: memory that it shares with the
// server could not be had.
bool WasEndedFromOutside(int wait_status);

// From a status of waitpid: "ended by signal 11 (SIGSEGV)", "ended with exit code 1".
std::string DescribeEnd(int wait_status);

}  // namespace mlfsc

#endif  // MLFSC_CORE_DECODING_DECODER_END_H_
