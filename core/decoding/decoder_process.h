// One process that decodes pictures for this one, and what it says, checked.
#ifndef MLFSC_CORE_DECODING_DECODER_PROCESS_H_
#define MLFSC_CORE_DECODING_DECODER_PROCESS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <sys/types.h>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/decoding/decoder_end.h"
#include "core/decoding/decoder_program.h"
#include "core/decoding/exchange.h"
#include "core/decoding/kept_region.h"
#include "core/decoding/message_socket.h"
#include "core/decoding/shared_memory.h"
#include "core/image/encoded_picture.h"
#include "core/image/image.h"
#include "core/image/picture_limits.h"

namespace mlfsc {

struct DecoderProcessOptions {
  PictureLimits limits;
  // Of one picture.
  absl::Duration time_limit = absl::Seconds(10);
  // From exec to readiness.
  absl::Duration start_limit = absl::Seconds(30);
  // As of setpriority, relative to nobody.
  int niceness = 0;
};

// What a process may take besides what it shares, so that any picture within `limits` can be decoded: the
// largest working set is a TIFF file's, a block of five samples of 16 bits and a raster of 4 bytes a pixel
// beside the pixels themselves and their copy, turned upright.
size_t DecoderMemoryLimit(const PictureLimits& limits);

// A child of this process that has only its socket and the shared memory. It dies with the thread that
// started it, and so with this process. Used by one thread at a time, but for Hang and the getters.
class DecoderProcess {
 public:
  // Returns once it is ready. FailedPrecondition, with the cause, when it does not get so far.
  static absl::StatusOr<std::unique_ptr<DecoderProcess>> Start(const DecoderProgram& program,
                                                               const DecoderProcessOptions& options);
  // Kills it and waits for its end.
  ~DecoderProcess();
  DecoderProcess(const DecoderProcess&) = delete;
  DecoderProcess& operator=(const DecoderProcess&) = delete;

  // What FileDecoder::Decode promises; Aborted when the process was found ended before it had the picture.
  // The file is within the limits. After it, look at end().
  absl::StatusOr<Image> Decode(const EncodedPicture& file);

  // Set once there is no process any more.
  const std::optional<DecoderEnd>& end() const { return end_; }

  // Looks whether it has ended meanwhile, while it does not decode; end() is set then.
  bool HasEnded();

  // Breaks the connection: a Decode under way returns soon, with the process's end. From any thread.
  void Hang();

  pid_t pid() const { return pid_; }
  // Readable once it has ended; -1 where the system has no such thing.
  int exit_descriptor() const { return exit_descriptor_; }

 private:
  // `pixels_at`: of the shared memory; the file lies before it.
  DecoderProcess(const DecoderProcessOptions& options, std::unique_ptr<SharedMemory> memory, size_t pixels_at,
                 std::unique_ptr<MessageSocket> socket);

  // The three steps of a start. An error is the cause, and the process's end.
  absl::Status Spawn(const DecoderProgram& program);
  absl::Status SetUp();
  absl::Status AwaitReady();
  // Whether it ends within a moment without being killed.
  bool EndsByItself() const;
  // Kills it if it still lives, waits for it, and returns its status of waitpid.
  std::optional<int> Reap();
  absl::Status End(DecoderEndCause cause, absl::string_view what);
  // A message of exactly `size` bytes. An error is the process's end.
  absl::Status Receive(void* message, size_t size, absl::Duration limit, absl::string_view what_took_long);
  absl::StatusOr<Image> TakeReply(const DecodeRequest& request, const DecodeReply& reply);
  absl::StatusOr<Image> CopyPixels(const DecodeRequest& request, const DecodeReply& reply);

  const DecoderProcessOptions options_;
  const size_t memory_limit_;
  const std::unique_ptr<SharedMemory> memory_;
  KeptRegion file_;
  KeptRegion pixels_;
  const std::unique_ptr<MessageSocket> socket_;
  pid_t pid_ = -1;
  int exit_descriptor_ = -1;
  uint64_t number_ = 0;
  std::optional<DecoderEnd> end_;
  std::atomic<bool> hung_up_{false};
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_DECODING_DECODER_PROCESS_H_
