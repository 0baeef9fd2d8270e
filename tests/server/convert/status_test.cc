#include "server/convert/status.h"

#include <gmock/gmock.h>

#include "core/base/retry_hint.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace mlfsc {
namespace {

TEST(ConvertStatusTest, OkIsOk) { EXPECT_TRUE(ToGrpcStatus(absl::OkStatus()).ok()); }

TEST(ConvertStatusTest, CodeAndMessageStay) {
  const std::pair<absl::Status, grpc::StatusCode> cases[] = {
      {absl::CancelledError("m"), grpc::StatusCode::CANCELLED},
      {absl::InvalidArgumentError("m"), grpc::StatusCode::INVALID_ARGUMENT},
      {absl::DeadlineExceededError("m"), grpc::StatusCode::DEADLINE_EXCEEDED},
      {absl::NotFoundError("m"), grpc::StatusCode::NOT_FOUND},
      {absl::AlreadyExistsError("m"), grpc::StatusCode::ALREADY_EXISTS},
      {absl::PermissionDeniedError("m"), grpc::StatusCode::PERMISSION_DENIED},
      {absl::ResourceExhaustedError("m"), grpc::StatusCode::RESOURCE_EXHAUSTED},
      {absl::FailedPreconditionError("m"), grpc::StatusCode::FAILED_PRECONDITION},
      {absl::InternalError("m"), grpc::StatusCode::INTERNAL},
      {absl::UnavailableError("m"), grpc::StatusCode::UNAVAILABLE},
      {absl::DataLossError("m"), grpc::StatusCode::DATA_LOSS},
      {absl::UnauthenticatedError("m"), grpc::StatusCode::UNAUTHENTICATED},
  };
  for (const auto& [status, code] : cases) {
    EXPECT_EQ(ToGrpcStatus(status).error_code(), code) << status;
    EXPECT_EQ(ToGrpcStatus(status).error_message(), "m");
  }
}

TEST(ConvertStatusTest, ARetryHintBecomesRetryInfo) {
  const grpc::Status status = ToGrpcStatus(
      WithRetryDelay(absl::ResourceExhaustedError("the queue is full"), absl::Milliseconds(1250)));
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(status.error_details()));
  EXPECT_EQ(details.code(), static_cast<int>(grpc::StatusCode::RESOURCE_EXHAUSTED));
  EXPECT_EQ(details.message(), "the queue is full");
  ASSERT_EQ(details.details_size(), 1);
  // The name that every gRPC client library looks for.
  EXPECT_EQ(details.details(0).type_url(), "type.googleapis.com/google.rpc.RetryInfo");
  google::rpc::RetryInfo retry;
  ASSERT_TRUE(details.details(0).UnpackTo(&retry));
  EXPECT_EQ(retry.retry_delay().seconds(), 1);
  EXPECT_EQ(retry.retry_delay().nanos(), 250'000'000);
}

TEST(ConvertStatusTest, WithoutAHintThereAreNoDetails) {
  EXPECT_EQ(ToGrpcStatus(absl::ResourceExhaustedError("the disk is full")).error_details(), "");
}

}  // namespace
}  // namespace mlfsc
