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
