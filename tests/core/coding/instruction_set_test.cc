#include "core/coding/instruction_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/ascii.h"
#include "hwy/highway.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

TEST(InstructionSetTest, ItIsTheBestThatTheKernelsWereBuiltFor) {
  const int64_t targets = hwy::SupportedTargets() & HWY_TARGETS;
  EXPECT_EQ(InstructionSet(), hwy::TargetName(targets & -targets));
}

TEST(InstructionSetTest, EveryLowerOneMayBeChosen) {
  const int64_t targets = hwy::SupportedTargets() & HWY_TARGETS;
  for (int64_t left = targets; left != 0; left &= left - 1) {
    const std::string name = hwy::TargetName(left & -left);
    EXPECT_THAT(LimitInstructionSet(absl::AsciiStrToLower(name)), IsOk());
    EXPECT_EQ(InstructionSet(), name);
    hwy::DisableTargets(0);
  }
  EXPECT_THAT(LimitInstructionSet("auto"), IsOk());
  EXPECT_EQ(InstructionSet(), hwy::TargetName(targets & -targets));
}

TEST(InstructionSetTest, WhatIsNotThereIsRefusedWithWhatIs) {
  EXPECT_THAT(LimitInstructionSet("mmx"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(InstructionSet())));
}

}  // namespace
}  // namespace mlfsc
