#include "client/retry.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/status/statusor.h"
#include "core/base/retry_hint.h"
#include "tests/testing/self_advancing_clock.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc::client {
namespace {

using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::SelfAdvancingClock;
using ::mlfsc::testing::StatusIs;
using ::testing::_;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

RetryOptions TestOptions() {
  RetryOptions options;
  options.timeout = absl::Seconds(60);
  options.initial_backoff = absl::Milliseconds(200);
  options.multiplier = 2;
  options.max_backoff = absl::Seconds(1);
  options.max_attempts = 6;
  return options;
}

absl::Status Away() { return absl::UnavailableError("connection refused"); }

class RetryTest : public ::testing::Test {
 protected:
  // Calls until the retry gives up or `errors` are used up, and then succeeds. Keeps the waits between calls.
  absl::StatusOr<int> Call(const RetryOptions& options, const std::vector<absl::Status>& errors,
                           double random = 0) {
    absl::Time last;
    return CallWithRetry(Retry(options, &clock_, [random] { return random; }),
                         [&](absl::Duration time_left) -> absl::StatusOr<int> {
                           if (!time_left_.empty()) waits_.push_back(clock_.Now() - last);
                           last = clock_.Now();
                           time_left_.push_back(time_left);
                           if (time_left_.size() <= errors.size()) return errors[time_left_.size() - 1];
                           return 42;
                         });
  }

  SelfAdvancingClock clock_;
  std::vector<absl::Duration> waits_;
  std::vector<absl::Duration> time_left_;
};

TEST_F(RetryTest, HintsAreNotFollowedWhenARefusalIsToBeSeen) {
  const absl::Status full = WithRetryDelay(absl::ResourceExhaustedError("queue full"), absl::Seconds(1));
  RetryOptions options = TestOptions();
  EXPECT_THAT(Call(options, {full}), IsOk());
  options.follow_hints = false;
  time_left_.clear();
  EXPECT_THAT(Call(options, {full}), StatusIs(absl::StatusCode::kResourceExhausted, "queue full"));
}

TEST_F(RetryTest, SuccessIsReturnedAtOnce) {
  EXPECT_THAT(Call(TestOptions(), {}), IsOk());
  EXPECT_THAT(waits_, IsEmpty());
}

TEST_F(RetryTest, AServerThatIsAwayIsTriedAgainAfterGrowingPauses) {
  // Without luck in the random half, a wait is half the backoff.
  EXPECT_THAT(Call(TestOptions(), {Away(), Away(), Away(), Away(), Away()}), IsOk());
  EXPECT_THAT(waits_, ElementsAre(absl::Milliseconds(100), absl::Milliseconds(200), absl::Milliseconds(400),
                                  absl::Milliseconds(500), absl::Milliseconds(500)));
}

TEST_F(RetryTest, HalfOfAPauseIsRandom) {
  EXPECT_THAT(Call(TestOptions(), {Away()}, 0.5), IsOk());
  EXPECT_THAT(waits_, ElementsAre(absl::Milliseconds(150)));
}

TEST_F(RetryTest, AServerThatStaysAwayIsGivenUpAfterMaxAttempts) {
  const std::vector<absl::Status> errors(10, Away());
  EXPECT_THAT(Call(TestOptions(), errors), StatusIs(absl::StatusCode::kUnavailable, "connection refused"));
  EXPECT_THAT(time_left_, SizeIs(6));
}

TEST_F(RetryTest, OtherErrorsAreFinal) {
  for (const absl::Status& error :
       {absl::InvalidArgumentError("bad"), absl::NotFoundError("none"), absl::DeadlineExceededError("late"),
        absl::InternalError("broken"), absl::CancelledError("gone")}) {
    time_left_.clear();
    EXPECT_THAT(Call(TestOptions(), {error}), StatusIs(error.code(), _));
    EXPECT_THAT(time_left_, SizeIs(1)) << error;
  }
}

TEST_F(RetryTest, AFullQueueIsTriedAgainOnlyWhenTheServerSaysSo) {
  EXPECT_THAT(Call(TestOptions(), {absl::ResourceExhaustedError("message too large")}),
              StatusIs(absl::StatusCode::kResourceExhausted, "message too large"));
  EXPECT_THAT(time_left_, SizeIs(1));
}

TEST_F(RetryTest, TheServersDelayIsKept) {
  const absl::Status full = WithRetryDelay(absl::ResourceExhaustedError("queue full"), absl::Seconds(3));
  EXPECT_THAT(Call(TestOptions(), {full, full}, 0.5), IsOk());
  // Its 3 s, and a random part of up to half the backoff, so that not all come back at once.
  EXPECT_THAT(waits_, ElementsAre(absl::Milliseconds(3050), absl::Milliseconds(3050)));
}

TEST_F(RetryTest, ABusyServerIsTriedUntilTheTimeIsUp) {
  const absl::Status full = WithRetryDelay(absl::ResourceExhaustedError("queue full"), absl::Seconds(3));
  EXPECT_THAT(Call(TestOptions(), std::vector<absl::Status>(15, full)), IsOk());
  EXPECT_THAT(time_left_, SizeIs(16));
}

TEST_F(RetryTest, NoWaitGoesBeyondTheDeadline) {
  const absl::Status full = WithRetryDelay(absl::ResourceExhaustedError("queue full"), absl::Seconds(61));
  const absl::Time before = clock_.Now();
  EXPECT_THAT(Call(TestOptions(), {full}), StatusIs(absl::StatusCode::kResourceExhausted, "queue full"));
  EXPECT_EQ(clock_.Now(), before) << "it waited for nothing";
}

TEST_F(RetryTest, EachAttemptIsToldTheTimeThatIsLeft) {
  EXPECT_THAT(Call(TestOptions(), {Away(), Away()}), IsOk());
  EXPECT_THAT(time_left_,
              ElementsAre(absl::Seconds(60), absl::Milliseconds(59900), absl::Milliseconds(59700)));
}

TEST_F(RetryTest, WithoutADeadlineThereIsAlwaysTime) {
  RetryOptions options = TestOptions();
  options.timeout = absl::InfiniteDuration();
  EXPECT_THAT(Call(options, {Away()}), IsOk());
  EXPECT_THAT(time_left_, ElementsAre(absl::InfiniteDuration(), absl::InfiniteDuration()));
}

}  // namespace
}  // namespace mlfsc::client
