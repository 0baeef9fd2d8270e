#include "server/convert/status.h"

#include <new>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "core/base/retry_hint.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace mlfsc {
namespace {

std::string DetailsWithRetry(const absl::Status& status, absl::Duration delay) {
  google::rpc::RetryInfo retry;
  const int64_t seconds = absl::IDivDuration(delay, absl::Seconds(1), &delay);
  retry.mutable_retry_delay()->set_seconds(seconds);
  retry.mutable_retry_delay()->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(delay)));

  google::rpc::Status details;
  details.set_code(static_cast<int>(status.code()));
  details.set_message(std::string(status.message()));
  details.add_details()->PackFrom(retry);
  return details.SerializeAsString();
}

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  // The numbers are the same by design of both.
  const auto code = static_cast<grpc::StatusCode>(status.code());
  try {
    const std::optional<absl::Duration> delay = RetryDelay(status);
    return grpc::Status(code, std::string(status.message()),
                        delay.has_value() ? DetailsWithRetry(status, *delay) : std::string());
  } catch (const std::bad_alloc&) {
    // The code is what counts.
    return grpc::Status(code, std::string());
  }
}

}  // namespace mlfsc
