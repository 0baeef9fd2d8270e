#include "models/arithmetic.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::StatusIs;
using ::testing::HasSubstr;

constexpr CpuTraits kOld = {false, false};
constexpr CpuTraits kWide = {false, true};
constexpr CpuTraits kNew = {true, true};

std::string Chosen(const std::string& precision, const std::string& convolution, bool on_cpu,
                   const CpuTraits& cpu) {
  const FeatureArithmetic chosen = ChooseArithmetic(precision, convolution, on_cpu, cpu).value();
  return chosen.precision + " " + chosen.convolution;
}

TEST(ArithmeticTest, AutoGoesByTheCpusFlagsAndStaysInFloat32) {
  EXPECT_EQ(Chosen("auto", "auto", true, kOld), "float32 direct");
  EXPECT_EQ(Chosen("auto", "auto", true, kWide), "float32 winograd");
  EXPECT_EQ(Chosen("auto", "auto", true, kNew), "float32 winograd");
  EXPECT_EQ(Chosen("auto", "auto", false, kNew), "float32 direct");
}

TEST(ArithmeticTest, WhatIsAskedForIsDone) {
  EXPECT_EQ(Chosen("float32", "direct", true, kNew), "float32 direct");
  EXPECT_EQ(Chosen("float32", "winograd", true, kOld), "float32 winograd");
  EXPECT_EQ(Chosen("bfloat16", "auto", true, kNew), "bfloat16 direct");
  EXPECT_EQ(Chosen("bfloat16", "direct", true, kNew), "bfloat16 direct");
  EXPECT_EQ(Chosen("float32", "direct", false, kOld), "float32 direct");
}

TEST(ArithmeticTest, Bfloat16NeedsACpuThatHasIt) {
  EXPECT_THAT(ChooseArithmetic("bfloat16", "auto", true, kWide),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("avx512_bf16")));
}

TEST(ArithmeticTest, WhatADeviceHasNotIsRefused) {
  EXPECT_THAT(ChooseArithmetic("bfloat16", "auto", false, kNew),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("GPU")));
  EXPECT_THAT(ChooseArithmetic("auto", "winograd", false, kNew),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("GPU")));
}

TEST(ArithmeticTest, OtherWordsAndContradictionsAreRefused) {
  EXPECT_THAT(ChooseArithmetic("half", "auto", true, kNew),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("half")));
  EXPECT_THAT(ChooseArithmetic("auto", "fft", true, kNew),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("fft")));
  EXPECT_THAT(ChooseArithmetic("bfloat16", "winograd", true, kNew),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("winograd")));
}

}  // namespace
}  // namespace mlfsc
