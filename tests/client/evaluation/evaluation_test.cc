#include "client/evaluation/evaluation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlfsc::client {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

InspectedPicture Inspected(const std::string& kind, double score, v1::Verdict verdict) {
  InspectedPicture inspected;
  inspected.picture.kind = kind;
  inspected.inspection.set_raw_score(score);
  inspected.inspection.set_threshold(10);
  inspected.inspection.set_verdict(verdict);
  return inspected;
}

std::vector<InspectedPicture> SomePictures() {
  return {Inspected("good", 5, v1::OK),        Inspected("good", 9, v1::REVIEW),
          Inspected("good", 11, v1::REVIEW),   Inspected("good", 12, v1::NOK),
          Inspected("hole", 30, v1::NOK),      Inspected("hole", 10, v1::REVIEW),
          Inspected("stain", 11.5, v1::REVIEW)};
}

TEST(EvaluationTest, GoodComesFirstWhateverTheOrder) {
  EXPECT_THAT(KindsOf({{"a", "hole", ""}, {"b", "good", ""}, {"c", "cut", ""}, {"d", "hole", ""}}),
              ElementsAre("good", "hole", "cut"));
}

TEST(EvaluationTest, FlaggedIsAboveTheThresholdAndNokIsTheVerdict) {
  const Evaluation evaluation = Evaluate(SomePictures(), {});
  EXPECT_EQ(evaluation.good.verdicts.pictures, 4);
  EXPECT_EQ(evaluation.good.verdicts.flagged, 2);
  EXPECT_EQ(evaluation.good.verdicts.review, 2);
  EXPECT_EQ(evaluation.good.verdicts.nok, 1);
  EXPECT_DOUBLE_EQ(evaluation.good.verdicts.flagged_share(), 0.5);
  EXPECT_DOUBLE_EQ(evaluation.good.verdicts.nok_share(), 0.25);
  EXPECT_EQ(evaluation.defects.pictures, 3);
  EXPECT_EQ(evaluation.defects.flagged, 2) << "the score at the threshold is not flagged";
}

TEST(EvaluationTest, AKindsAurocIsAgainstTheGoodPicturesOnly) {
  const Evaluation evaluation = Evaluate(SomePictures(), {});
  ASSERT_THAT(evaluation.kinds, SizeIs(2));
  EXPECT_EQ(evaluation.kinds[0].kind, "hole");
  // 30 is above 5, 9, 11, 12; 10 is above 5, 9.
  EXPECT_DOUBLE_EQ(*evaluation.kinds[0].image_auroc, 6.0 / 8);
  // 11.5 is above 5, 9, 11.
  EXPECT_DOUBLE_EQ(*evaluation.kinds[1].image_auroc, 3.0 / 4);
  EXPECT_DOUBLE_EQ(*evaluation.image_auroc, 9.0 / 12);
}

TEST(EvaluationTest, BothThresholdsAreMeasured) {
  const Evaluation evaluation = Evaluate(SomePictures(), {});
  EXPECT_DOUBLE_EQ(evaluation.calibrated.threshold, 10);
  EXPECT_DOUBLE_EQ(evaluation.calibrated.r1, 0.5);
  EXPECT_DOUBLE_EQ(evaluation.calibrated.r2, 2.0 / 3);
  EXPECT_DOUBLE_EQ(evaluation.best.threshold, 9);
  EXPECT_DOUBLE_EQ(evaluation.best.r1, 0.5);
  EXPECT_DOUBLE_EQ(evaluation.best.r2, 1);
}

TEST(EvaluationTest, PixelAreasGoToTheirKinds) {
  PixelAuroc::Areas areas;
  areas.all = 0.9;
  areas.by_kind = {std::nullopt, 0.8, 0.95};
  const Evaluation evaluation = Evaluate(SomePictures(), areas);
  EXPECT_EQ(evaluation.pixel_auroc, 0.9);
  EXPECT_EQ(evaluation.kinds[0].pixel_auroc, 0.8);
  EXPECT_EQ(evaluation.kinds[1].pixel_auroc, 0.95);
}

TEST(EvaluationTest, WithoutMasksThereIsNoPixelAuroc) {
  const Evaluation evaluation = Evaluate(SomePictures(), {});
  EXPECT_EQ(evaluation.pixel_auroc, std::nullopt);
  EXPECT_EQ(evaluation.kinds[0].pixel_auroc, std::nullopt);
}

}  // namespace
}  // namespace mlfsc::client
