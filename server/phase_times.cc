#include "server/phase_times.h"

namespace mlfsc {
namespace {

const char* FieldName(TrainingPhase phase) {
  switch (phase) {
    case TrainingPhase::kWaiting:
      return "waiting_ms";
    case TrainingPhase::kFeatures:
      return "features_ms";
    case TrainingPhase::kLearning:
      return "learning_ms";
    case TrainingPhase::kStatistics:
      return "statistics_ms";
    case TrainingPhase::kCalibration:
      return "calibration_ms";
    case TrainingPhase::kPublishing:
      return "publishing_ms";
  }
  return "";
}

}  // namespace

void PhaseTimes::Hear(TrainingPhase phase, absl::Time now) {
  times_[phase] += now - last_word_;
  phase_ = phase;
  last_word_ = now;
}

std::vector<LogField> PhaseTimes::Fields(absl::Time end) const {
  std::vector<LogField> fields;
  for (const auto& [phase, time] : times_) {
    const absl::Duration rest = phase == phase_ ? end - last_word_ : absl::ZeroDuration();
    fields.push_back({FieldName(phase), absl::ToDoubleMilliseconds(time + rest)});
  }
  return fields;
}

}  // namespace mlfsc
