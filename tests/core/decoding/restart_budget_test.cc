#include "core/decoding/restart_budget.h"

#include <gtest/gtest.h>

namespace mlfsc {
namespace {

constexpr absl::Time kNow = absl::UnixEpoch();

TEST(RestartBudgetTest, TheFirstStartIsAtOnce) { EXPECT_LE(RestartBudget().NextStart(), kNow); }

TEST(RestartBudgetTest, SomeStartsAreAtOnceAndTheRestOneAfterTheOther) {
  RestartBudget budget;
  for (int i = 0; i < RestartBudget::kAtOnce; ++i) {
    EXPECT_LE(budget.NextStart(), kNow) << i;
    budget.Count(kNow, true);
  }
  absl::Time now = kNow;
  for (int i = 0; i < 10; ++i) {
    budget.Count(now, true);
    EXPECT_EQ(budget.NextStart() - now, RestartBudget::kEvery) << i;
    now = budget.NextStart();
  }
}

TEST(RestartBudgetTest, WhatWasNotUsedIsSavedUpButNotForEver) {
  RestartBudget budget;
  for (int i = 0; i < RestartBudget::kAtOnce; ++i) budget.Count(kNow, true);
  const absl::Time later = kNow + absl::Hours(1);
  int at_once = 0;
  for (; budget.NextStart() <= later; ++at_once) budget.Count(later, true);
  EXPECT_EQ(at_once, RestartBudget::kAtOnce + 1);
}

TEST(RestartBudgetTest, FailuresAreFollowedByLongerAndLongerPauses) {
  RestartBudget budget;
  absl::Time now = kNow;
  absl::Duration pause = RestartBudget::kFirstPause;
  for (int i = 0; i < 12; ++i) {
    budget.Count(now, false);
    EXPECT_GE(budget.NextStart() - now, pause) << i;
    EXPECT_LE(budget.NextStart() - now, std::max(pause, RestartBudget::kEvery)) << i;
    now = budget.NextStart();
    pause = std::min(2 * pause, RestartBudget::kLongestPause);
  }
  budget.Count(now, true);
  EXPECT_LE(budget.NextStart() - now, absl::ZeroDuration());
}

}  // namespace
}  // namespace mlfsc
