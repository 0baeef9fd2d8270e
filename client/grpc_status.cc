#include "client/grpc_status.h"

#include "core/base/retry_hint.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace mlfsc::client {

absl::Status FromGrpcStatus(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  absl::Status converted(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  google::rpc::Status details;
  if (!details.ParseFromString(status.error_details())) return converted;
  for (const google::protobuf::Any& detail : details.details()) {
    google::rpc::RetryInfo retry;
    if (!detail.UnpackTo(&retry)) continue;
    const absl::Duration delay =
        absl::Seconds(retry.retry_delay().seconds()) + absl::Nanoseconds(retry.retry_delay().nanos());
    return WithRetryDelay(std::move(converted), delay);
  }
  return converted;
}

}  // namespace mlfsc::client
