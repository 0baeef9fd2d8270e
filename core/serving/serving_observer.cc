#include "core/serving/serving_observer.h"

namespace mlfsc {

absl::string_view StageName(Stage stage) {
  switch (stage) {
    case Stage::kDecode:
      return "decode";
    case Stage::kQueue:
      return "queue";
    case Stage::kFeatures:
      return "features";
    case Stage::kCoding:
      return "coding";
    case Stage::kScoring:
      return "scoring";
    case Stage::kEncode:
      return "encode";
  }
  return "unknown";
}

void ServingObserver::OnStage(Stage, absl::Duration) {}
void ServingObserver::OnBatch(Stage, int) {}
void ServingObserver::OnQueueCapacity(Stage, int) {}
void ServingObserver::OnQueueDepth(Stage, int) {}
void ServingObserver::OnDrop(Stage, DropReason) {}
void ServingObserver::OnDecoderEnd(DecoderEndCause) {}

ServingObserver* ServingObserver::Null() {
  static ServingObserver null;
  return &null;
}

}  // namespace mlfsc
