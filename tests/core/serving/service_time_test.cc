#include "core/serving/service_time.h"

#include <string>

#include <gtest/gtest.h>

namespace mlfsc {
namespace {

constexpr absl::Time kStart = absl::UnixEpoch();

TEST(ServiceTimeTest, TheFirstBatchSetsTheEstimate) {
  ServiceTime<std::string> time;
  EXPECT_EQ(time.PerItem("pyramid"), absl::ZeroDuration());
  EXPECT_EQ(time.Finish(time.Start("pyramid", 4, true, absl::ZeroDuration(), kStart), kStart + absl::Milliseconds(400)),
            absl::Milliseconds(100));
  EXPECT_EQ(time.PerItem("pyramid"), absl::Milliseconds(100));
  EXPECT_EQ(time.PerItem("single_pass"), absl::ZeroDuration());
}

TEST(ServiceTimeTest, AnOutlierIsForgottenAfterTenBatches) {
  ServiceTime<int> time;
  time.Finish(time.Start(0, 1, true, absl::Milliseconds(100), kStart), kStart + absl::Seconds(1));
  for (int i = 0; i < 10; ++i) {
    time.Finish(time.Start(0, 1, true, absl::Milliseconds(100), kStart), kStart + absl::Milliseconds(100));
  }
  // What is left of the outlier's excess is 0.7^10 = 2.8 % of 900 ms.
  EXPECT_LT(time.PerItem(0), absl::Milliseconds(126));
}

TEST(ServiceTimeTest, WhatDoesNotMeasureLeavesTheEstimateAlone) {
  ServiceTime<int> time;
  time.Finish(time.Start(0, 1, false, absl::Milliseconds(100), kStart), kStart + absl::Seconds(9));
  EXPECT_EQ(time.PerItem(0), absl::ZeroDuration());
}

TEST(ServiceTimeTest, RunningBatchesCountForWhatIsLeftOfThem) {
  ServiceTime<int> time;
  time.Finish(time.Start(0, 1, true, absl::Milliseconds(100), kStart), kStart + absl::Milliseconds(100));
  EXPECT_TRUE(time.idle());
  time.Start(0, 2, true, absl::Milliseconds(100), kStart);
  time.Start(0, 1, true, absl::Milliseconds(100), kStart + absl::Milliseconds(50));
  EXPECT_FALSE(time.idle());
  // 200 - 60 ms of the first and 100 - 10 ms of the second.
  EXPECT_EQ(time.Remaining(kStart + absl::Milliseconds(60)), absl::Milliseconds(230));
  // Overdue batches count for nothing.
  EXPECT_EQ(time.Remaining(kStart + absl::Seconds(1)), absl::ZeroDuration());
}

}  // namespace
}  // namespace mlfsc
