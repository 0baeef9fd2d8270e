#include "core/base/workers.h"

#include <atomic>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/contained.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::StatusIs;
using ::testing::HasSubstr;

constexpr int kThreads = 2;

TEST(WorkersTest, ALoopBeginsNothingMoreOnceItIsCancelled) {
  ThreadPool pool(kThreads);
  Cancellation cancellation;
  std::atomic<int> begun{0};
  EXPECT_THROW(ParallelFor(Workers(&pool, &cancellation), 1'000'000,
                           [&](int64_t i) {
                             ++begun;
                             if (i >= 3) cancellation.Cancel();
                           }),
               WorkCancelled);
  // Up to the fourth, and one each that the other threads had looked for.
  EXPECT_LE(begun, 4 + kThreads);
}

TEST(WorkersTest, WithoutAPoolTheLoopEndsToo) {
  Cancellation cancellation;
  int begun = 0;
  EXPECT_THROW(ParallelFor(Workers(nullptr, &cancellation), 100,
                           [&](int64_t) {
                             ++begun;
                             cancellation.Cancel();
                           }),
               WorkCancelled);
  EXPECT_EQ(begun, 1);
}

TEST(WorkersTest, NobodyEndsWorkWithoutACancellation) {
  int begun = 0;
  ParallelFor(Workers(), 100, [&](int64_t) { ++begun; });
  Workers().Check();
  EXPECT_EQ(begun, 100);
}

TEST(WorkersTest, CancelledWorkIsCancelledToItsCaller) {
  Cancellation cancellation;
  cancellation.Cancel();
  const absl::Status status = ContainedVoid("counting", [&] { Workers(nullptr, &cancellation).Check(); });
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kCancelled, HasSubstr("counting")));
}

}  // namespace
}  // namespace mlfsc
