#include "core/serving/threshold.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "core/scoring/calibration.h"

namespace mlfsc {

absl::StatusOr<Manifest> WithLimit(Manifest manifest, const Limit& limit) {
  if (const auto* rate = std::get_if<FalseAlarmRate>(&limit); rate != nullptr) {
    for (Calibration* calibration : {&manifest.calibration, &manifest.map_calibration}) {
      const absl::StatusOr<Calibration> moved = AtRate(*calibration, rate->rate);
      if (!moved.ok()) return moved.status();
      *calibration = *moved;
    }
    return manifest;
  }
  const double threshold = std::get<RawThreshold>(limit).score;
  if (!(threshold >= kLowestThreshold && threshold <= kHighestThreshold)) {
    return absl::InvalidArgumentError(absl::StrFormat("threshold is %g; it must be %g to %g", threshold,
                                                      kLowestThreshold, kHighestThreshold));
  }
  const double deviations = DeviationsAboveMean(manifest.calibration, threshold);
  manifest.calibration = AtDeviations(manifest.calibration, deviations);
  // What was asked for, to the last bit.
  manifest.calibration.threshold = threshold;
  manifest.calibration.review_low = std::min(manifest.calibration.review_low, threshold);
  manifest.calibration.review_high = std::max(manifest.calibration.review_high, threshold);
  manifest.map_calibration = AtDeviations(manifest.map_calibration, deviations);
  return manifest;
}

}  // namespace mlfsc
