#include "core/scoring/make_scorer.h"

#include <memory>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::StatusIs;
using ::testing::HasSubstr;

const ResidualMaps kResiduals = {{"pixels", 1, {1, 3}, {1, 2, 4}}};

// What a category that asks for nothing gets: figures in the docs rest on it.
TEST(ScoringOptionsTest, AreTheWhitenedScoreOf20PatchesAndOnePercentOfFalseAlarms) {
  EXPECT_EQ(ScoringOptions().method, ScoreMethod::kWhitened);
  EXPECT_EQ(ScoringOptions().top_patches, 20);
  EXPECT_EQ(ScoringOptions().top_residuals, 5);
  EXPECT_EQ(ScoringOptions().false_alarm_rate, 0.01);
}

TEST(MakeScorerTest, SumTakesItsCountFromTheOptions) {
  ScoringOptions options;
  options.method = ScoreMethod::kSum;
  options.top_residuals = 2;
  const auto scorer = MakeScorer(options, std::nullopt);
  ASSERT_THAT(scorer, IsOk());
  EXPECT_EQ((*scorer)->Score(kResiduals, nullptr).raw, 6);
}

TEST(MakeScorerTest, WhitenedTakesItsCountFromTheOptions) {
  ScoringOptions options;
  options.top_patches = 1;
  const auto scorer = MakeScorer(options, WhiteningStatistics{{1}, {0}, {1}, {1}});
  ASSERT_THAT(scorer, IsOk());
  const PictureScore score = (*scorer)->Score(kResiduals, nullptr);
  EXPECT_EQ(score.raw, score.map.Max());
}

TEST(MakeScorerTest, WhitenedWithoutStatisticsIsRefused) {
  EXPECT_THAT(MakeScorer(ScoringOptions(), std::nullopt),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("statistics")));
}

}  // namespace
}  // namespace mlfsc
