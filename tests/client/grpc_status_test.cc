#include "client/grpc_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/retry_hint.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc::client {
namespace {

using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::StatusIs;

TEST(GrpcStatusTest, OkIsOk) { EXPECT_THAT(FromGrpcStatus(grpc::Status::OK), IsOk()); }

TEST(GrpcStatusTest, CodeAndMessageStay) {
  EXPECT_THAT(FromGrpcStatus(grpc::Status(grpc::StatusCode::DATA_LOSS, "bundle is damaged")),
              StatusIs(absl::StatusCode::kDataLoss, "bundle is damaged"));
}

TEST(GrpcStatusTest, ARetryInfoBecomesTheRetryHint) {
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(1);
  retry.mutable_retry_delay()->set_nanos(500000000);
  google::rpc::Status details;
  details.add_details()->PackFrom(retry);
  const absl::Status status = FromGrpcStatus(
      grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "queue full", details.SerializeAsString()));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted, "queue full"));
  EXPECT_EQ(RetryDelay(status), absl::Milliseconds(1500));
}

TEST(GrpcStatusTest, WithoutARetryInfoThereIsNoHint) {
  google::rpc::Status details;
  details.add_details()->set_type_url("type.googleapis.com/google.rpc.Help");
  EXPECT_EQ(RetryDelay(FromGrpcStatus(grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "disk full",
                                                   details.SerializeAsString()))),
            std::nullopt);
}

TEST(GrpcStatusTest, DetailsThatCannotBeReadAreLeftOut) {
  const absl::Status status =
      FromGrpcStatus(grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "queue full", "\xff\xff\xff"));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted, "queue full"));
  EXPECT_EQ(RetryDelay(status), std::nullopt);
}

}  // namespace
}  // namespace mlfsc::client
