// Train and RecalibrateCategory: the start message to core's request, progress and result to replies.
#ifndef MLFSC_SERVER_CONVERT_TRAINING_H_
#define MLFSC_SERVER_CONVERT_TRAINING_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "core/serving/training_run.h"
#include "mlfsc/v1/inspection.pb.h"

namespace mlfsc {

// `input_sizes`: those that the server allows. InvalidArgument that names the field, its value and the limit.
absl::StatusOr<TrainingRequest> ToTrainingRequest(const v1::TrainRequest::Start& start,
                                                  absl::Span<const int> input_sizes);

// `input_sizes`: not looked at; the version has its own.
absl::StatusOr<TrainingRequest> ToTrainingRequest(const v1::RecalibrateCategoryRequest::Start& start,
                                                  absl::Span<const int> input_sizes);

// `left`: until the result, when it can be told.
v1::TrainResponse ToProto(const TrainingProgress& progress, std::optional<absl::Duration> left);
// `backbone_sha256`: the server's.
v1::TrainResponse ToProto(const TrainedVersion& trained, const std::string& backbone_sha256);

}  // namespace mlfsc

#endif  // MLFSC_SERVER_CONVERT_TRAINING_H_
