// Moving a category's threshold without learning it again.
#ifndef MLFSC_CORE_SERVING_THRESHOLD_H_
#define MLFSC_CORE_SERVING_THRESHOLD_H_

#include <cstdint>
#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "core/bundle/bundle.h"

namespace mlfsc {

// Share of new good pictures that may score above the threshold.
struct FalseAlarmRate {
  double rate = 0;
};
// The raw score above which a picture is flagged.
struct RawThreshold {
  double score = 0;
};
using Limit = std::variant<FalseAlarmRate, RawThreshold>;

struct ThresholdRequest {
  std::string category;
  // Whose calibration to change; 0 = the active one.
  int64_t version = 0;
  Limit limit;
  bool activate = true;
};

// `manifest` with other limits and nothing else changed. A rate gives the limits that its good pictures'
// scores have there. A threshold moves the review band with it, and the map's limits as many deviations from
// the map's own mean, so that regions appear where the verdict does. InvalidArgument for a rate outside
// [0.0001, 0.2] or a threshold outside [1e-6, 1e299].
absl::StatusOr<Manifest> WithLimit(Manifest manifest, const Limit& limit);

}  // namespace mlfsc

#endif  // MLFSC_CORE_SERVING_THRESHOLD_H_
