#include "core/bundle/arithmetic.h"

#include <string>

#include <gtest/gtest.h>

namespace mlfsc {
namespace {

Provenance Learnt(const std::string& precision, const std::string& convolution, const std::string& set) {
  Provenance learnt;
  learnt.precision = precision;
  learnt.convolution = convolution;
  learnt.instruction_set = set;
  return learnt;
}

const FeatureArithmetic kHere{"float32", "winograd"};

TEST(ArithmeticTest, WhatIsAlikeOrUnknownNeedsNoNote) {
  EXPECT_EQ(ArithmeticNote(Learnt("float32", "winograd", "AVX2"), kHere, "AVX2"), "");
  EXPECT_EQ(ArithmeticNote(Learnt("float32", "winograd", ""), kHere, "AVX2"), "");
  EXPECT_EQ(ArithmeticNote(Learnt("", "", ""), kHere, "AVX2"), "");
  EXPECT_EQ(ArithmeticNote(Learnt("", "", "AVX2"), kHere, "AVX2"), "");
}

TEST(ArithmeticTest, AnotherSetOrConvolutionIsNamedWithTheBound) {
  EXPECT_EQ(ArithmeticNote(Learnt("float32", "winograd", "AVX3"), kHere, "AVX2"),
            "learnt by float32, winograd, AVX3; this server computes by float32, winograd, AVX2: raw scores "
            "may differ "
            "by up to 0.01 %");
  EXPECT_EQ(ArithmeticNote(Learnt("float32", "direct", ""), kHere, "AVX2"),
            "learnt by float32, direct; this server computes by float32, winograd, AVX2: raw scores may "
            "differ by up "
            "to 0.01 %");
  EXPECT_EQ(ArithmeticNote(Learnt("", "", "NEON"), kHere, "AVX2"),
            "learnt by NEON; this server computes by AVX2: raw scores may differ by up to 0.01 %");
}

TEST(ArithmeticTest, AnotherPrecisionHasABoundOfItsOwn) {
  EXPECT_EQ(ArithmeticNote(Learnt("bfloat16", "direct", "AVX3"), kHere, "AVX2"),
            "learnt by bfloat16, direct, AVX3; this server computes by float32, winograd, AVX2: normalised "
            "scores may "
            "differ by up to 0.01");
}

TEST(ArithmeticTest, AVersionOfBeforeItWasRecordedIsUnknown) {
  EXPECT_EQ(ArithmeticName(Learnt("", "", "")), "unknown");
  EXPECT_EQ(ArithmeticName(Learnt("float32", "winograd", "")), "float32, winograd");
}

}  // namespace
}  // namespace mlfsc
