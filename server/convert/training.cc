#include "server/convert/training.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "core/bundle/bundle_store.h"
#include "server/convert/category.h"
#include "server/convert/options.h"

namespace mlfsc {
namespace {

v1::TrainProgress::Phase ToProto(TrainingPhase phase) {
  switch (phase) {
    case TrainingPhase::kWaiting:
      return v1::TrainProgress::WAITING;
    case TrainingPhase::kFeatures:
      return v1::TrainProgress::FEATURES;
    case TrainingPhase::kLearning:
      return v1::TrainProgress::LEARNING;
    case TrainingPhase::kStatistics:
      return v1::TrainProgress::STATISTICS;
    case TrainingPhase::kCalibration:
      return v1::TrainProgress::CALIBRATION;
    case TrainingPhase::kPublishing:
      return v1::TrainProgress::PUBLISHING;
  }
  return v1::TrainProgress::PHASE_UNSPECIFIED;
}

v1::Notice::Code ToProto(NoticeCode code) {
  switch (code) {
    case NoticeCode::kFewPictures:
      return v1::Notice::FEW_PICTURES;
    case NoticeCode::kCopies:
      return v1::Notice::COPIES;
    case NoticeCode::kNokOutOfReach:
      return v1::Notice::NOK_OUT_OF_REACH;
    case NoticeCode::kThresholdReplaced:
      return v1::Notice::THRESHOLD_REPLACED;
  }
  return v1::Notice::CODE_UNSPECIFIED;
}

// What both kinds of start have.
template <typename Start>
absl::StatusOr<TrainingRequest> WithoutOptions(const Start& start) {
  if (const absl::Status status = ValidateCategoryName(start.category()); !status.ok()) return status;
  if (start.expected_pictures() < 0) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "expected_pictures is %d; it must be at least 0 (unknown)", start.expected_pictures()));
  }
  TrainingRequest request;
  request.category = start.category();
  request.skip_bad_pictures = start.skip_bad_pictures();
  switch (start.outliers()) {
    case v1::OUTLIER_ACTION_UNSPECIFIED:
    case v1::WARN:
      break;
    case v1::DROP:
      request.outliers = OutlierAction::kDrop;
      break;
    default:
      return absl::InvalidArgumentError(
          absl::StrFormat("outliers is %d; it must be WARN (1) or DROP (2)", int{start.outliers()}));
  }
  request.activate = !start.keep_active();
  request.expected_pictures = start.expected_pictures();
  return request;
}

}  // namespace

absl::StatusOr<TrainingRequest> ToTrainingRequest(const v1::TrainRequest::Start& start,
                                                  absl::Span<const int> input_sizes) {
  absl::StatusOr<TrainingRequest> request = WithoutOptions(start);
  if (!request.ok()) return request;
  absl::StatusOr<CategoryOptions> options = ToCategoryOptions(start.options());
  if (!options.ok()) return options.status();
  const int input_size = options->features.input_size;
  if (std::find(input_sizes.begin(), input_sizes.end(), input_size) == input_sizes.end()) {
    return absl::InvalidArgumentError(absl::StrFormat("input_size is %d; this server allows %s", input_size,
                                                      absl::StrJoin(input_sizes, ", ")));
  }
  request->options = *std::move(options);
  return request;
}

absl::StatusOr<TrainingRequest> ToTrainingRequest(const v1::RecalibrateCategoryRequest::Start& start,
                                                  absl::Span<const int>) {
  if (start.version() < 0) {
    return absl::InvalidArgumentError(
        absl::StrFormat("version is %d; it must be 1 or more, or 0 for the active one", start.version()));
  }
  absl::StatusOr<TrainingRequest> request = WithoutOptions(start);
  if (request.ok()) request->recalibrated_version = start.version();
  return request;
}

v1::TrainResponse ToProto(const TrainingProgress& progress, std::optional<absl::Duration> left) {
  v1::TrainResponse response;
  v1::TrainProgress* proto = response.mutable_progress();
  proto->set_phase(ToProto(progress.phase));
  proto->set_pictures_done(progress.pictures_done);
  proto->set_pictures_total(progress.pictures_total);
  proto->set_objective(progress.objective);
  proto->set_seconds_left(left.has_value() ? absl::ToDoubleSeconds(*left) : -1);
  return response;
}

v1::TrainResponse ToProto(const TrainedVersion& trained, const std::string& backbone_sha256) {
  v1::TrainResponse response;
  *response.mutable_result()->mutable_version() = ToProto(trained.version, trained.manifest, backbone_sha256);
  v1::TrainResult* result = response.mutable_result();
  result->set_pictures_skipped(trained.pictures_skipped);
  result->set_independent_pictures(trained.findings.independent_pictures);
  for (const Outlier& outlier : trained.findings.outliers) {
    v1::Outlier* proto = result->add_outliers();
    proto->set_picture(outlier.picture);
    proto->set_score(outlier.score);
    proto->set_reason(outlier.reason);
    proto->set_dropped(outlier.dropped);
  }
  for (const Notice& notice : trained.findings.notices) {
    v1::Notice* proto = result->add_notices();
    proto->set_code(ToProto(notice.code));
    proto->set_text(notice.text);
  }
  for (const TrainingNotice& notice : trained.picture_notices) {
    v1::PictureNotice* proto = result->add_picture_notices();
    proto->set_text(notice.text);
    proto->set_picture(notice.picture);
    proto->set_pictures(notice.pictures);
  }
  for (const SkippedPicture& skipped : trained.skipped) {
    v1::SkippedPicture* proto = result->add_skipped();
    proto->set_picture(skipped.picture);
    proto->set_error(skipped.error);
  }
  return response;
}

}  // namespace mlfsc
