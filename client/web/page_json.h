// The JSON that the page sends, and what only the page is told.
#ifndef MLFSC_CLIENT_WEB_PAGE_JSON_H_
#define MLFSC_CLIENT_WEB_PAGE_JSON_H_

#include <cstdint>
#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "absl/status/statusor.h"
#include "client/web/training_jobs.h"
#include "mlfsc/v1/inspection.pb.h"

namespace mlfsc::client {

// What the page wants to learn, or which version's limits it wants to set anew.
struct TrainingRequest {
  v1::TrainRequest::Start start;
  int pictures = 0;
  // Set: a recalibration of this version, of which `start` says the rest.
  std::optional<int64_t> recalibrated_version;
};

// {"category", "pictures", "skip_bad_pictures"?, "keep_active"?, and either "recalibrate": a version, or
// "options"?: {"feature_source"?: "pyramid", "input_size"?, "false_alarm_rate"?, "coder"?, "score_method"?},
// "outliers"?: "warn"}. INVALID_ARGUMENT names what cannot be read.
absl::StatusOr<TrainingRequest> ParseTraining(const std::string& body);

// {"version", "threshold" or "false_alarm_rate", "keep_active"?}.
absl::StatusOr<v1::SetThresholdRequest> ParseThreshold(const std::string& category, const std::string& body);

// {"version"}.
absl::StatusOr<int64_t> ParseVersion(const std::string& body);

nlohmann::ordered_json ToJson(const TrainingState& state);

nlohmann::ordered_json ToJson(const v1::ImportCategoryResponse& response);

// The inspection, and the map as a PNG in Base64.
nlohmann::ordered_json ToJson(const v1::HeatmapResponse& response);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_WEB_PAGE_JSON_H_
