#include "client/evaluation/paper_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlfsc::client {
namespace {

TEST(PaperTableTest, HasFiveTexturesAndTheirAverageForSevenMethods) {
  EXPECT_EQ(PaperTable().size(), 6u * 7u);
}

TEST(PaperTableTest, FiguresAreThePapers) {
  const PaperFigures* carpet = FindPaperFigures("carpet", "mlf_sc");
  ASSERT_NE(carpet, nullptr);
  EXPECT_EQ(carpet->r1, 1.00);
  EXPECT_EQ(carpet->r2, 0.98);
  EXPECT_EQ(carpet->auroc, 0.99);
  const PaperFigures* average = FindPaperFigures("average", "sparse_coding");
  ASSERT_NE(average, nullptr);
  EXPECT_EQ(average->auroc, 0.85);
}

TEST(PaperTableTest, WhatThePaperLeavesOutIsNothing) {
  EXPECT_EQ(FindPaperFigures("grid", "anogan")->auroc, std::nullopt);
  EXPECT_EQ(FindPaperFigures("grid", "anogan")->r1, 0.90);
  EXPECT_EQ(FindPaperFigures("cloth", "mlf_sc"), nullptr);
}

// Which copy of the figures is wrong if one is: the average of the five textures, rounded, is in the table.
TEST(PaperTableTest, TheAveragesAgreeWithTheTextures) {
  for (const char* method : {"mlf_sc", "sparse_coding", "ae_ssim", "anogan"}) {
    double sum = 0;
    for (const char* category : {"carpet", "grid", "leather", "tile", "wood"}) {
      sum += *FindPaperFigures(category, method)->r1;
    }
    // Five roundings and one more, each by at most half of 0.01.
    EXPECT_NEAR(sum / 5, *FindPaperFigures("average", method)->r1, 0.01) << method;
  }
}

}  // namespace
}  // namespace mlfsc::client
