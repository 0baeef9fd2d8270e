// The program that decodes pictures, and how a process of it is started.
#ifndef MLFSC_CORE_DECODING_DECODER_PROGRAM_H_
#define MLFSC_CORE_DECODING_DECODER_PROGRAM_H_

#include <memory>
#include <string>
#include <utility>

#include <sys/types.h>

#include "absl/status/statusor.h"

namespace mlfsc {

// Held open: what runs later is what was there at first, whatever an upgrade does. Thread-safe.
class DecoderProgram {
 public:
  // NotFound, PermissionDenied.
  static absl::StatusOr<std::shared_ptr<const DecoderProgram>> Open(const std::string& path);
  ~DecoderProgram();
  DecoderProgram(const DecoderProgram&) = delete;
  DecoderProgram& operator=(const DecoderProgram&) = delete;

  // A child with the two descriptors at kDecoderSocket and kDecoderMemory and no other but standard error;
  // with next to no environment, and no ear for the signals that end a server. Unavailable when there is
  // none.
  absl::StatusOr<pid_t> Spawn(int socket, int memory) const;

 private:
  DecoderProgram(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}

  const std::string path_;
  const int descriptor_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_DECODING_DECODER_PROGRAM_H_
