#include "core/training/calibrate_groups.h"

#include <algorithm>

#include "absl/status/statusor.h"
#include "absl/strings/str_format.h"
#include "core/scoring/calibration.h"

namespace mlfsc {

absl::Status CheckIndependent(const CopyGroups& groups) {
  const size_t pictures = groups.of.size();
  if (groups.count >= 2) return absl::OkStatus();
  if (pictures < 2) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "%d good picture%s cannot be calibrated, because one score shows no spread; at least 2 are needed",
        pictures, pictures == 1 ? "" : "s"));
  }
  return absl::FailedPreconditionError(
      absl::StrFormat("the %d good pictures cannot be calibrated, because all are copies of one, equal or "
                      "apart by no more than a sensor's noise; pictures of at least 2 parts are needed",
                      pictures));
}

absl::Status CheckVariation(const std::vector<double>& scores) {
  if (std::all_of(scores.begin(), scores.end(), [](double score) { return score <= kLowestThreshold; })) {
    return absl::FailedPreconditionError(
        absl::StrFormat("the %d good pictures all score 0, because nothing in them varies (flat or black "
                        "pictures?); a category "
                        "like that would find every picture good",
                        scores.size()));
  }
  return absl::OkStatus();
}

absl::Status CalibrateGroups(const std::vector<double>& scores, const std::vector<double>& maxima,
                             const CopyGroups& groups, double false_alarm_rate, Manifest* manifest) {
  if (absl::Status status = CheckIndependent(groups); !status.ok()) return status;
  if (absl::Status status = CheckVariation(scores); !status.ok()) return status;
  const absl::StatusOr<Calibration> calibration = Calibrate(ScoresOfGroups(scores, groups), false_alarm_rate);
  if (!calibration.ok()) return calibration.status();
  const absl::StatusOr<Calibration> map_calibration =
      Calibrate(ScoresOfGroups(maxima, groups), false_alarm_rate);
  if (!map_calibration.ok()) return map_calibration.status();
  manifest->calibration = *calibration;
  manifest->map_calibration = *map_calibration;
  return absl::OkStatus();
}

}  // namespace mlfsc
