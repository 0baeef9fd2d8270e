#include "core/base/retry_hint.h"

#include <gmock/gmock.h>

#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::testing::Optional;
using testing::StatusIs;

TEST(RetryHintTest, TravelsWithTheErrorToTheNanosecond) {
  const absl::Duration delay = absl::Seconds(2) + absl::Nanoseconds(1);
  const absl::Status status = WithRetryDelay(absl::ResourceExhaustedError("queue is full"), delay);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted, "queue is full"));
  EXPECT_THAT(RetryDelay(status), Optional(delay));
}

TEST(RetryHintTest, IsAbsentUnlessGiven) {
  EXPECT_EQ(RetryDelay(absl::ResourceExhaustedError("disk is full")), std::nullopt);
  EXPECT_EQ(RetryDelay(absl::OkStatus()), std::nullopt);
}

TEST(RetryHintTest, ADelayInThePastMeansAtOnce) {
  EXPECT_THAT(RetryDelay(WithRetryDelay(absl::ResourceExhaustedError(""), -absl::Seconds(1))),
              Optional(absl::ZeroDuration()));
}

}  // namespace
}  // namespace mlfsc
