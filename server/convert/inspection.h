// Score and Heatmap: requests to core's, what was found to replies.
#ifndef MLFSC_SERVER_CONVERT_INSPECTION_H_
#define MLFSC_SERVER_CONVERT_INSPECTION_H_

#include "absl/status/statusor.h"
#include "core/serving/inspector.h"
#include "mlfsc/v1/inspection.pb.h"

namespace mlfsc {

// Without deadline and cancellation, which belong to the call. The picture is a view of `request`, which must
// outlive it. InvalidArgument that names the field, its value and the limit.
absl::StatusOr<InspectionRequest> ToInspectionRequest(const v1::ScoreRequest& request);
absl::StatusOr<InspectionRequest> ToInspectionRequest(const v1::HeatmapRequest& request);

// The `top_channels` of a layer are its 8 worst.
v1::ScoreResponse ToScoreResponse(const Inspection& inspection);
// `format`: of the request that was answered.
v1::HeatmapResponse ToHeatmapResponse(Inspection inspection, v1::HeatmapRequest::Format format);

}  // namespace mlfsc

#endif  // MLFSC_SERVER_CONVERT_INSPECTION_H_
