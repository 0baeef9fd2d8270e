#include "core/coding/instruction_set.h"

#include <string>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tests/core/coding/instruction_set_test.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace mlfsc::HWY_NAMESPACE {

// What a kernel is computed with.
inline int64_t TargetThatRuns() { return HWY_TARGET; }

}  // namespace mlfsc::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/ascii.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc {

HWY_EXPORT(TargetThatRuns);

namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

std::string NameOfWhatRuns() { return hwy::TargetName(HWY_DYNAMIC_DISPATCH(TargetThatRuns)()); }

class InstructionSetTest : public ::testing::Test {
 protected:
  ~InstructionSetTest() override { hwy::SetSupportedTargetsForTest(0); }
};

TEST_F(InstructionSetTest, ItIsWhatTheKernelsRunOn) { EXPECT_EQ(InstructionSet(), NameOfWhatRuns()); }

TEST_F(InstructionSetTest, KernelsRunOnTheLowerOneThatWasChosen) {
  const std::string best = InstructionSet();
  for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
    const std::string name = hwy::TargetName(target);
    EXPECT_THAT(LimitInstructionSet(absl::AsciiStrToLower(name)), IsOk());
    EXPECT_EQ(InstructionSet(), name);
    EXPECT_EQ(NameOfWhatRuns(), name);
    // Also after somebody has asked what there is.
    EXPECT_EQ(InstructionSet(), name);
    EXPECT_EQ(NameOfWhatRuns(), name);
    hwy::SetSupportedTargetsForTest(0);
  }
  EXPECT_THAT(LimitInstructionSet("auto"), IsOk());
  EXPECT_EQ(NameOfWhatRuns(), best);
}

TEST_F(InstructionSetTest, WhatIsNotThereIsRefusedWithWhatIs) {
  EXPECT_THAT(LimitInstructionSet("mmx"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(InstructionSet())));
}

}  // namespace
}  // namespace mlfsc

#endif  // HWY_ONCE
