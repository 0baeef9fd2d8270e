#include "server/convert/category.h"

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "core/bundle/arithmetic.h"
#include "core/bundle/bundle_store.h"
#include "server/convert/options.h"
#include "server/convert/time.h"

namespace mlfsc {

absl::StatusOr<ThresholdRequest> ToThresholdRequest(const v1::SetThresholdRequest& request) {
  if (const absl::Status status = ValidateCategoryName(request.category()); !status.ok()) return status;
  if (request.version() < 0) {
    return absl::InvalidArgumentError(
        absl::StrFormat("version is %d; it must be 1 or more, or 0 for the active one", request.version()));
  }
  ThresholdRequest threshold;
  threshold.category = request.category();
  threshold.version = request.version();
  threshold.activate = !request.keep_active();
  switch (request.limit_case()) {
    case v1::SetThresholdRequest::kFalseAlarmRate:
      threshold.limit = FalseAlarmRate{request.false_alarm_rate()};
      return threshold;
    case v1::SetThresholdRequest::kThreshold:
      threshold.limit = RawThreshold{request.threshold()};
      return threshold;
    case v1::SetThresholdRequest::LIMIT_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("neither false_alarm_rate nor threshold is set");
}

v1::Calibration ToProto(const Calibration& calibration) {
  v1::Calibration proto;
  proto.set_pictures(calibration.pictures);
  proto.set_log_mean(calibration.log_mean);
  proto.set_log_deviation(calibration.log_deviation);
  proto.set_degrees_of_freedom(calibration.degrees_of_freedom);
  proto.set_false_alarm_rate(calibration.false_alarm_rate);
  proto.set_threshold(calibration.threshold);
  proto.set_review_low(calibration.review_low);
  proto.set_review_high(calibration.review_high);
  return proto;
}

v1::Version ToProto(int64_t version, const Manifest& manifest, const std::string& backbone_sha256) {
  const Provenance& provenance = manifest.provenance;
  v1::Version proto;
  proto.set_version(version);
  *proto.mutable_options() = ToProto(manifest.options);
  *proto.mutable_calibration() = ToProto(manifest.calibration);
  proto.set_pictures(provenance.pictures);
  proto.set_outliers(provenance.outliers == OutlierAction::kDrop ? v1::DROP : v1::WARN);
  proto.set_outliers_dropped(provenance.outliers_dropped);
  *proto.mutable_create_time() = ToTimestamp(provenance.create_time);
  proto.set_backbone_sha256(provenance.backbone_sha256);
  proto.set_program_version(provenance.program_version);
  proto.set_arithmetic(ArithmeticName(provenance));
  if (!provenance.backbone_sha256.empty() && provenance.backbone_sha256 != backbone_sha256) {
    proto.set_error(absl::StrFormat("learnt on backbone %s; this server runs %s", provenance.backbone_sha256,
                                    backbone_sha256));
  }
  return proto;
}

v1::Category ToProto(const CategoryListing& listing, const std::string& backbone_sha256) {
  v1::Category proto;
  proto.set_category(listing.category);
  proto.set_active_version(listing.active_version);
  proto.set_error(std::string(listing.status.message()));
  for (const VersionListing& version : listing.versions) {
    if (version.manifest.ok()) {
      v1::Version* sound = proto.add_versions();
      *sound = ToProto(version.version, *version.manifest, backbone_sha256);
      sound->set_arithmetic_note(version.note);
    } else {
      v1::Version* damaged = proto.add_versions();
      damaged->set_version(version.version);
      damaged->set_error(std::string(version.manifest.status().message()));
    }
  }
  return proto;
}

}  // namespace mlfsc
