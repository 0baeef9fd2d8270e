#include "client/inspection_check.h"

#include <cmath>

#include "absl/strings/str_cat.h"

namespace mlfsc::client {
namespace {

absl::Status CheckFinite(const char* field, double value) {
  if (std::isfinite(value)) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("the server's answer has the ", field, " ", value));
}

}  // namespace

absl::Status CheckInspection(const v1::Inspection& inspection) {
  if (!v1::Verdict_IsValid(inspection.verdict())) {
    return absl::InternalError(
        absl::StrCat("the server's answer has the unknown verdict ", static_cast<int>(inspection.verdict())));
  }
  absl::Status status = CheckFinite("raw_score", inspection.raw_score());
  status.Update(CheckFinite("normalized_score", inspection.normalized_score()));
  status.Update(CheckFinite("threshold", inspection.threshold()));
  for (const v1::LayerScore& layer : inspection.layers()) {
    status.Update(CheckFinite("layer score", layer.score()));
    for (const v1::ChannelScore& channel : layer.top_channels()) {
      status.Update(CheckFinite("channel score", channel.score()));
    }
  }
  return status;
}

}  // namespace mlfsc::client
