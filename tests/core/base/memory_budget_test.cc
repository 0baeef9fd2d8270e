#include "core/base/memory_budget.h"

#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/retry_hint.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr int64_t kMiB = 1 << 20;
constexpr absl::StatusCode kExhausted = absl::StatusCode::kResourceExhausted;

class MemoryBudgetTest : public ::testing::Test {
 protected:
  testing::FakeClock clock_;
  std::vector<int64_t> told_;
  MemoryBudget budget_{160 * kMiB, &clock_, [this](int64_t taken) { told_.push_back(taken); }};
};

TEST_F(MemoryBudgetTest, WhatIsChargedIsCountedUntilItIsGivenBack) {
  {
    MemoryCharge charge(&budget_, "a");
    EXPECT_THAT(charge.Resize(10 * kMiB, "x"), IsOk());
    EXPECT_THAT(charge.Resize(3 * kMiB, "x"), IsOk());
    EXPECT_EQ(charge.bytes(), 3 * kMiB);
    MemoryCharge moved = std::move(charge);
    EXPECT_EQ(budget_.taken(), 3 * kMiB);
    MemoryCharge other(&budget_, "b");
    EXPECT_THAT(other.Resize(5 * kMiB, "x"), IsOk());
    other = std::move(moved);
    EXPECT_EQ(budget_.taken(), 3 * kMiB);
  }
  EXPECT_EQ(budget_.taken(), 0);
  EXPECT_THAT(told_, ElementsAre(10 * kMiB, 3 * kMiB, 8 * kMiB, 3 * kMiB, 0));
}

TEST_F(MemoryBudgetTest, SmallChargesMayTakeAllAndLargeOnesThreeQuarters) {
  std::vector<std::unique_ptr<MemoryCharge>> charges;
  const auto add = [&](int64_t bytes) {
    charges.push_back(std::make_unique<MemoryCharge>(&budget_, ""));
    return charges.back()->Resize(bytes, "the picture");
  };
  EXPECT_THAT(add(100 * kMiB), IsOk());
  const absl::Status busy = add(21 * kMiB);
  EXPECT_THAT(busy, StatusIs(kExhausted, "the picture takes 21.0 MiB; 100.0 of the 120.0 MiB that there are "
                                         "for it are in use"));
  EXPECT_TRUE(RetryDelay(busy).has_value());
  for (int i = 0; i < 6; ++i) EXPECT_THAT(add(10 * kMiB), IsOk());
  EXPECT_EQ(budget_.taken(), 160 * kMiB);
  EXPECT_THAT(add(1), StatusIs(kExhausted, HasSubstr("takes")));
  charges.erase(charges.begin());
  EXPECT_THAT(add(60 * kMiB), IsOk());
}

TEST_F(MemoryBudgetTest, WhatCanNeverFitIsSaidWithoutAHint) {
  MemoryCharge charge(&budget_, "a");
  const absl::Status never = charge.Resize(120 * kMiB + 1, "decoding");
  EXPECT_THAT(never, StatusIs(kExhausted, "decoding takes 120.0 MiB; the limit is 120.0 MiB, three quarters of "
                                          "--memory_budget"));
  EXPECT_FALSE(RetryDelay(never).has_value());
  EXPECT_THAT(charge.Resize(120 * kMiB, "decoding"), IsOk());
}

TEST_F(MemoryBudgetTest, OneHolderHasHalfUnlessItHasOneChargeAlone) {
  MemoryCharge first(&budget_, "a");
  MemoryCharge second(&budget_, "a");
  MemoryCharge others(&budget_, "b");
  EXPECT_THAT(first.Resize(75 * kMiB, "x"), IsOk());
  const absl::Status refused = second.Resize(6 * kMiB, "the map");
  EXPECT_THAT(refused, StatusIs(kExhausted, "the map takes 6.0 MiB; this client's other calls hold 75.0 of the "
                                            "80.0 MiB that one client may hold"));
  EXPECT_TRUE(RetryDelay(refused).has_value());
  EXPECT_THAT(others.Resize(6 * kMiB, "x"), IsOk());
  EXPECT_THAT(second.Resize(5 * kMiB, "x"), IsOk());
  second.Release();
  EXPECT_THAT(first.Resize(110 * kMiB, "x"), IsOk());
}

TEST_F(MemoryBudgetTest, LessAlwaysFitsAlsoWhereTooMuchIsTaken) {
  MemoryCharge first(&budget_, "a");
  MemoryCharge second(&budget_, "a");
  EXPECT_THAT(first.Resize(79 * kMiB, "x"), IsOk());
  EXPECT_THAT(second.Resize(1 * kMiB, "x"), IsOk());
  EXPECT_THAT(first.Resize(78 * kMiB, "x"), IsOk());
}

TEST_F(MemoryBudgetTest, WhoMayWaitGetsWhatOthersLetGo) {
  auto first = std::make_unique<MemoryCharge>(&budget_, "a");
  EXPECT_THAT(first->Resize(100 * kMiB, "x"), IsOk());
  MemoryCharge second(&budget_, "b");
  std::thread waiting([&] {
    EXPECT_THAT(
        second.ResizeWhenThereIsRoom(90 * kMiB, "x", absl::InfiniteFuture(), [] { return true; }), IsOk());
  });
  clock_.AwaitWaiters(1);
  first.reset();
  waiting.join();
  EXPECT_EQ(budget_.taken(), 90 * kMiB);
}

TEST_F(MemoryBudgetTest, WaitingEndsAtTheDeadlineAndWhenNobodyWantsItAnyMore) {
  MemoryCharge first(&budget_, "a");
  EXPECT_THAT(first.Resize(100 * kMiB, "x"), IsOk());
  MemoryCharge second(&budget_, "b");
  EXPECT_THAT(second.ResizeWhenThereIsRoom(90 * kMiB, "x", clock_.Now(), [] { return true; }),
              StatusIs(kExhausted, HasSubstr("in use")));
  EXPECT_THAT(second.ResizeWhenThereIsRoom(90 * kMiB, "x", absl::InfiniteFuture(), [] { return false; }),
              StatusIs(kExhausted, HasSubstr("takes")));
  EXPECT_THAT(second.ResizeWhenThereIsRoom(130 * kMiB, "x", absl::InfiniteFuture(), [] { return true; }),
              StatusIs(kExhausted, AllOf(HasSubstr("130.0 MiB"), HasSubstr("the limit is 120.0 MiB"))));
}

TEST_F(MemoryBudgetTest, WithoutABudgetEverythingFits) {
  MemoryCharge charge(nullptr, "a");
  EXPECT_THAT(charge.Resize(int64_t{1} << 60, "x"), IsOk());
  MemoryCharge none;
  EXPECT_THAT(none.ResizeWhenThereIsRoom(1, "x", absl::InfinitePast(), [] { return false; }), IsOk());
}

}  // namespace
}  // namespace mlfsc
