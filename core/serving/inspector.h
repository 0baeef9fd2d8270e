// The way of one picture: decode, feature stage, coding and scoring, drawing; each on its own threads, joined
// by bounded queues. A version that is not in memory is loaded beside them, before the first.
#ifndef MLFSC_CORE_SERVING_INSPECTOR_H_
#define MLFSC_CORE_SERVING_INSPECTOR_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/cancellation.h"
#include "core/base/clock.h"
#include "core/base/memory_budget.h"
#include "core/image/decode.h"
#include "core/scoring/calibration.h"
#include "core/scoring/heatmap.h"
#include "core/scoring/scorer.h"
#include "core/serving/catalog.h"
#include "core/serving/draw_map.h"
#include "core/serving/feature_stage.h"
#include "core/serving/picture_bytes.h"
#include "core/serving/serving_observer.h"

namespace mlfsc {

// Pixels of the longer side of a picture that comes along with its map: enough for a screen, and at most 6
// MB.
inline constexpr int kPreviewSide = 1400;

// How long a picture was in each stage; 0 where it never came, or where a stage is not asked for.
struct StageTimes {
  absl::Duration decode;
  // In queues, all of them.
  absl::Duration queue;
  absl::Duration features;
  absl::Duration coding;
  absl::Duration scoring;
  absl::Duration encode;
  absl::Duration total;
};

struct InspectionRequest {
  std::string category;
  // 0 = the active one.
  int64_t version = 0;
  // Whose memory budget its bytes count for; empty for nobody's.
  std::string client;
  // Must stay valid until `done` has been called.
  PictureBytes picture;
  // Draws a map when set.
  std::optional<HeatmapFormat> heatmap;
  // Whether the picture comes along with the map.
  bool with_picture = false;
  // Of the inspector's clock.
  absl::Time deadline = absl::InfiniteFuture();
  // May be null.
  std::shared_ptr<const Cancellation> cancellation;
  // Gets where the time went before `done` is called, whatever it is called with. May be null.
  std::shared_ptr<StageTimes> times;
};

struct Inspection {
  // The version that answered.
  std::shared_ptr<const CategoryModel> model;
  PictureScore score;
  double normalised = 0;
  Verdict verdict = Verdict::kOk;
  std::vector<Region> regions;
  int picture_width = 0;
  int picture_height = 0;
  // PictureNotice of the picture.
  std::string notice;
  // Of a heatmap request: PNG bytes, or float32 values row by row.
  std::string map;
  // Of a heatmap request with its picture: PNG of what was scored, 8 bits a sample, at most kPreviewSide.
  std::string picture;
  ColorScale scale;
  StageTimes times;
  // Of the request and the answer: to be kept as long as they are.
  std::shared_ptr<const MemoryCharge> memory;
};

struct InspectorOptions {
  PictureLimits limits;
  // As Decode (picture_bytes.h) takes it; outlives the inspector.
  FileDecoder* decoder = nullptr;
  // What pictures, maps and answers are charged to; outlives the inspector. Null for no limit.
  MemoryBudget* memory = nullptr;
  // Threads that decode, threads that code and score, and as many that draw. At least 1.
  int decode_threads = 1;
  int coding_threads = 1;
  // Pictures that may wait to be decoded, or to be drawn on; one more is refused.
  int queue_length = 64;
  // Threads that load versions which are not in memory, so that a slow disk holds up no other category's
  // pictures. As many pictures may wait for one as wait to be decoded. At least 1.
  int load_threads = 4;
  // Pictures that may wait to be coded. When there are more the feature stage stands still, so that no
  // forward pass is thrown away and what cannot be served is refused before it. Each holds its features: at
  // the default input size 4 MB (pyramid) or 15 MB (single_pass).
  int coding_queue_length = 16;
  // Of a map and the picture that comes along: what clients take in one message is 1 MiB more. More is
  // refused before it is computed, or, drawn as PNG, before it is sent.
  int64_t max_map_bytes = int64_t{256} << 20;
};

// Thread-safe. The destructor finishes what was begun.
class Inspector {
 public:
  // All pointers outlive the inspector.
  Inspector(const InspectorOptions& options, Catalog* catalog, FeatureStage* features, Clock* clock,
            ServingObserver* observer = ServingObserver::Null());
  ~Inspector();

  // Calls `done` exactly once, on one of the inspector's threads, the feature stage's, or one that calls
  // Inspect, for this picture (refused at once) or for another that takes its place; call with no lock held
  // that a `done` takes. Deadline and cancellation are looked at on entry, on leaving each queue and between
  // stages. `done` must not throw. Without memory for the picture's job Inspect throws std::bad_alloc, and
  // `done` is not called; when memory runs out later, that is the answer.
  //
  // Codes: those of Catalog::Acquire and DecodePicture; InvalidArgument for a map that is too large;
  // ResourceExhausted with a RetryDelay for a full queue, a deadline that cannot be met or what does not fit
  // into the memory budget now, and without one when memory ran out or the budget is too small for it;
  // Cancelled; DeadlineExceeded; Unavailable once Shutdown was called.
  void Inspect(InspectionRequest request, std::function<void(absl::StatusOr<Inspection>)> done);

  // Refuses what comes from now on; what was begun is finished.
  void Shutdown();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_SERVING_INSPECTOR_H_
