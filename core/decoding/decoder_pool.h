// Processes that decode pictures, started anew when they end.
#ifndef MLFSC_CORE_DECODING_DECODER_POOL_H_
#define MLFSC_CORE_DECODING_DECODER_POOL_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <sys/types.h>

#include "absl/status/statusor.h"
#include "core/decoding/decoder_end.h"
#include "core/decoding/decoder_process.h"
#include "core/decoding/file_decoder.h"

namespace mlfsc {

struct DecoderPoolOptions {
  // Path of mlfsc-decoder.
  std::string program;
  // As many as threads call Decode at once: one more waits.
  int processes = 1;
  DecoderProcessOptions process;
};

// A picture that ends its process, keeps it too long or has it say what cannot be costs that picture; the
// others do not notice. A process that ended is followed by another at once, within RestartBudget.
// Thread-safe.
class DecoderPool : public FileDecoder {
 public:
  // Called for every process that ended before Shutdown, or did not begin; from the threads that decode and
  // the pool's own, which wait for it.
  using OnEnd = std::function<void(const DecoderEnd&)>;

  // Returns once all processes are ready; with the cause when one does not start.
  static absl::StatusOr<std::unique_ptr<DecoderPool>> Start(const DecoderPoolOptions& options, OnEnd on_end);
  // No Decode is under way.
  ~DecoderPool() override;

  // Waits for a process that is free, not longer than a picture may take. Unavailable when there is none by
  // then, or none can be started.
  absl::StatusOr<Image> Decode(const EncodedPicture& file) override;

  // Ends the processes, soon: what they decode, and what comes from now on, is Unavailable.
  void Shutdown();

  // Processes that are ready or at work.
  int running() const;
  std::vector<pid_t> pids() const;

 private:
  class Impl;
  explicit DecoderPool(std::unique_ptr<Impl> impl);

  const std::unique_ptr<Impl> impl_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_DECODING_DECODER_POOL_H_
