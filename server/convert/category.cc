#include "server/convert/category.h"

#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "server/convert/options.h"

namespace mlfsc {

v1::Calibration ToProto(const Calibration& calibration) {
  v1::Calibration proto;
  proto.set_pictures(calibration.pictures);
  proto.set_log_mean(calibration.log_mean);
  proto.set_log_deviation(calibration.log_deviation);
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
  const int64_t seconds = absl::ToUnixSeconds(provenance.create_time);
  proto.mutable_create_time()->set_seconds(seconds);
  proto.mutable_create_time()->set_nanos(static_cast<int32_t>(
      absl::ToInt64Nanoseconds(provenance.create_time - absl::FromUnixSeconds(seconds))));
  proto.set_backbone_sha256(provenance.backbone_sha256);
  proto.set_program_version(provenance.program_version);
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
      *proto.add_versions() = ToProto(version.version, *version.manifest, backbone_sha256);
    } else {
      v1::Version* damaged = proto.add_versions();
      damaged->set_version(version.version);
      damaged->set_error(std::string(version.manifest.status().message()));
    }
  }
  return proto;
}

}  // namespace mlfsc
