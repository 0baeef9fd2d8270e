// What the serving layer tells whoever counts it: the door for metrics.
#ifndef MLFSC_CORE_SERVING_SERVING_OBSERVER_H_
#define MLFSC_CORE_SERVING_SERVING_OBSERVER_H_

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/decoding/decoder_end.h"
#include "core/serving/drop.h"

namespace mlfsc {

// Where a picture's time goes. kQueue is all of its waiting.
enum class Stage { kDecode, kQueue, kFeatures, kCoding, kScoring, kEncode };
inline constexpr int kStages = 6;

// For a metric's label: "decode", "queue", "features", "coding", "scoring", "encode".
absl::string_view StageName(Stage stage);

// Thread-safe; called from the serving threads, which wait for it: it must be quick, and must not call the
// serving layer. Each function does nothing unless overridden.
class ServingObserver {
 public:
  virtual ~ServingObserver() = default;

  // A scored picture spent this long in a stage.
  virtual void OnStage(Stage stage, absl::Duration duration);
  // A batch of scored pictures, or (size 1) a picture of a training, goes through a stage.
  virtual void OnBatch(Stage stage, int size);
  // How many pictures may wait before a stage (kDecode, kFeatures, kCoding or kEncode); told once.
  virtual void OnQueueCapacity(Stage stage, int capacity);
  // Scored pictures that wait before such a stage have changed in number. In order.
  virtual void OnQueueDepth(Stage stage, int depth);
  // A scored picture was not worked on by a stage, or not any further.
  virtual void OnDrop(Stage stage, DropReason reason);

  // A process that decodes pictures ended, or did not start.
  virtual void OnDecoderEnd(DecoderEndCause cause);

  // Ignores everything; lives for ever.
  static ServingObserver* Null();
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_SERVING_SERVING_OBSERVER_H_
