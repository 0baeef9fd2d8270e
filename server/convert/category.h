// What the store holds, as the wire tells it.
#ifndef MLFSC_SERVER_CONVERT_CATEGORY_H_
#define MLFSC_SERVER_CONVERT_CATEGORY_H_

#include <cstdint>
#include <string>

#include "core/bundle/bundle.h"
#include "core/bundle/bundle_store.h"
#include "core/scoring/calibration.h"
#include "mlfsc/v1/inspection.pb.h"

namespace mlfsc {

v1::Calibration ToProto(const Calibration& calibration);

// `backbone_sha256`: the server's; a version that was learnt on another says so in its `error`.
v1::Version ToProto(int64_t version, const Manifest& manifest, const std::string& backbone_sha256);
v1::Category ToProto(const CategoryListing& listing, const std::string& backbone_sha256);

}  // namespace mlfsc

#endif  // MLFSC_SERVER_CONVERT_CATEGORY_H_
