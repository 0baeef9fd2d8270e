// The processes that decode pictures, as the options want them.
#ifndef MLFSC_SERVER_DECODERS_H_
#define MLFSC_SERVER_DECODERS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "core/decoding/decoder_pool.h"
#include "core/serving/serving_observer.h"
#include "server/logger.h"
#include "server/options.h"

namespace mlfsc {

// Thread-safe. Outlives who decodes by it.
class Decoders {
 public:
  // Starts them, unless pictures are to be decoded by the server's own threads. FailedPrecondition or
  // NotFound when they do not start: the message says why, and what can be done. Their ends are logged and
  // reported. The pointers outlive the object.
  static absl::StatusOr<std::unique_ptr<Decoders>> Start(const ServerOptions& options,
                                                         ServingObserver* observer, Logger* logger);

  // Null when the threads do it themselves. Trainings have processes of their own, at low priority.
  FileDecoder* scoring() const { return scoring_.get(); }
  FileDecoder* training() const { return training_.get(); }
  int processes() const;

  // Once nobody waits for an answer any more: what is still decoded ends soon.
  void Shutdown();

 private:
  std::unique_ptr<DecoderPool> scoring_;
  std::unique_ptr<DecoderPool> training_;
};

// mlfsc-decoder beside the server's binary or where it is installed. `program`: path of the server's.
// NotFound when it is in neither place.
absl::StatusOr<std::string> FindDecoder(const std::string& program);

}  // namespace mlfsc

#endif  // MLFSC_SERVER_DECODERS_H_
