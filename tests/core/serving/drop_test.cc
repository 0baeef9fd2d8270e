#include "core/serving/drop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/retry_hint.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::StatusIs;

Drop MakeDrop(DropReason reason) {
  return {reason, 64, 64, absl::Milliseconds(120), absl::Milliseconds(900), absl::Milliseconds(300)};
}

TEST(DropTest, AFullQueueNamesItsLimitAndSaysWhenToComeAgain) {
  const absl::Status status = DropStatus(MakeDrop(DropReason::kFull), "features");
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted,
                               AllOf(HasSubstr("features queue"), HasSubstr("limit is 64"))));
  EXPECT_EQ(RetryDelay(status), absl::Milliseconds(900));
}

TEST(DropTest, AnUnreachableDeadlineNamesTheWaitAndTheTimeLeft) {
  const absl::Status status = DropStatus(MakeDrop(DropReason::kTooLate), "features");
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted,
                               AllOf(HasSubstr("900 ms"), HasSubstr("300 ms"))));
  EXPECT_TRUE(RetryDelay(status).has_value());
}

TEST(DropTest, ADisplacedPictureMayComeAgain) {
  const absl::Status status = DropStatus(MakeDrop(DropReason::kDisplaced), "decode");
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("another category")));
  EXPECT_TRUE(RetryDelay(status).has_value());
}

TEST(DropTest, TheSuggestedDelayIsNeitherZeroNorEndless) {
  Drop drop = MakeDrop(DropReason::kFull);
  drop.expected_wait = absl::ZeroDuration();
  EXPECT_EQ(RetryDelay(DropStatus(drop, "features")), absl::Milliseconds(20));
  drop.expected_wait = absl::Hours(1);
  EXPECT_EQ(RetryDelay(DropStatus(drop, "features")), absl::Seconds(10));
}

TEST(DropTest, WhatRetryingCannotCureCarriesNoHint) {
  EXPECT_THAT(DropStatus(MakeDrop(DropReason::kExpired), "features"),
              StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("after 120 ms")));
  EXPECT_THAT(DropStatus(MakeDrop(DropReason::kCancelled), "features"),
              StatusIs(absl::StatusCode::kCancelled, HasSubstr("features")));
  const absl::Status closed = DropStatus(MakeDrop(DropReason::kClosed), "features");
  EXPECT_THAT(closed, StatusIs(absl::StatusCode::kUnavailable, HasSubstr("shutting down")));
  EXPECT_FALSE(RetryDelay(closed).has_value());
}

}  // namespace
}  // namespace mlfsc
