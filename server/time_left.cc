#include "server/time_left.h"

#include <algorithm>

namespace mlfsc {
namespace {

struct PhaseShare {
  TrainingPhase phase;
  double share;
};

// Of a training with the default options on a CPU; they add up to 1.
constexpr PhaseShare kShares[] = {
    {TrainingPhase::kFeatures, 0.75},   {TrainingPhase::kLearning, 0.15},
    {TrainingPhase::kStatistics, 0.05}, {TrainingPhase::kCalibration, 0.04},
    {TrainingPhase::kPublishing, 0.01},
};
constexpr double kLeastShare = 0.02;

// 0 to 1; nothing when that cannot be told.
std::optional<double> ShareDone(const TrainingProgress& progress) {
  double before = 0;
  for (const PhaseShare& phase : kShares) {
    if (phase.phase != progress.phase) {
      before += phase.share;
      continue;
    }
    if (progress.phase == TrainingPhase::kPublishing) return before;
    if (progress.pictures_total <= 0) return std::nullopt;
    const double done =
        static_cast<double>(progress.pictures_done) / static_cast<double>(progress.pictures_total);
    return before + phase.share * std::clamp(done, 0.0, 1.0);
  }
  return std::nullopt;
}

}  // namespace

std::optional<absl::Duration> TimeLeft::Estimate(const TrainingProgress& progress, absl::Time now) {
  if (progress.phase == TrainingPhase::kWaiting) return std::nullopt;
  if (!start_.has_value()) start_ = now;
  const std::optional<double> done = ShareDone(progress);
  if (!done.has_value() || *done < kLeastShare) return std::nullopt;
  return (now - *start_) * ((1 - *done) / *done);
}

}  // namespace mlfsc
