// What the store holds, as the wire tells it and asks for it.
#ifndef MLFSC_SERVER_CONVERT_CATEGORY_H_
#define MLFSC_SERVER_CONVERT_CATEGORY_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "core/bundle/bundle.h"
#include "core/bundle/bundle_store.h"
#include "core/scoring/calibration.h"
#include "core/serving/threshold.h"
#include "mlfsc/v1/inspection.pb.h"

namespace mlfsc {

// InvalidArgument for a name or version that cannot be one, or when no limit is given.
absl::StatusOr<ThresholdRequest> ToThresholdRequest(const v1::SetThresholdRequest& request);

v1::Calibration ToProto(const Calibration& calibration);

// `backbone_sha256`: the server's; a version that was learnt on another says so in its `error`.
v1::Version ToProto(int64_t version, const Manifest& manifest, const std::string& backbone_sha256);
v1::Category ToProto(const CategoryListing& listing, const std::string& backbone_sha256);

}  // namespace mlfsc

#endif  // MLFSC_SERVER_CONVERT_CATEGORY_H_
