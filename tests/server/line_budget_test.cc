#include "server/line_budget.h"

#include <gtest/gtest.h>

namespace mlfsc {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

int Granted(LineBudget* budget, int asked, absl::Time now) {
  int granted = 0;
  for (int i = 0; i < asked; ++i) granted += budget->Ask(now).granted ? 1 : 0;
  return granted;
}

TEST(LineBudgetTest, ASecondsWorthIsGrantedAtOnce) {
  LineBudget budget(10);
  EXPECT_EQ(Granted(&budget, 50, kStart), 10);
}

TEST(LineBudgetTest, LinesAccrueWithTimeUpToASecondsWorth) {
  LineBudget budget(10);
  Granted(&budget, 50, kStart);
  EXPECT_EQ(Granted(&budget, 50, kStart + absl::Milliseconds(500)), 5);
  EXPECT_EQ(Granted(&budget, 50, kStart + absl::Hours(1)), 10);
}

TEST(LineBudgetTest, WhatWasRefusedIsToldWithTheNextLineOnceASecond) {
  LineBudget budget(10);
  Granted(&budget, 50, kStart);
  EXPECT_EQ(budget.Ask(kStart + absl::Milliseconds(100)).refused_before, 40);
  Granted(&budget, 7, kStart + absl::Milliseconds(100));
  EXPECT_EQ(budget.Ask(kStart + absl::Milliseconds(200)).refused_before, 0);
  EXPECT_EQ(budget.Ask(kStart + absl::Milliseconds(1100)).refused_before, 7);
  EXPECT_EQ(budget.Ask(kStart + absl::Milliseconds(2200)).refused_before, 0);
}

TEST(LineBudgetTest, WhatWasNotToldCanBeTakenAtTheEnd) {
  LineBudget budget(10);
  Granted(&budget, 12, kStart);
  EXPECT_EQ(budget.TakeRefused(), 2);
  EXPECT_EQ(budget.TakeRefused(), 0);
}

TEST(LineBudgetTest, ZeroGrantsEverything) {
  LineBudget budget(0);
  EXPECT_EQ(Granted(&budget, 1000, kStart), 1000);
}

}  // namespace
}  // namespace mlfsc
