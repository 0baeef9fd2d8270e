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

BootstrapOptions NoBootstrap() {
  BootstrapOptions options;
  options.samples = 0;
  return options;
}

std::vector<InspectedPicture> SomePictures() {
  return {Inspected("good", 5, v1::OK),        Inspected("good", 9, v1::REVIEW),
          Inspected("good", 11, v1::REVIEW),   Inspected("good", 12, v1::NOK),
          Inspected("hole", 30, v1::NOK),      Inspected("hole", 10, v1::REVIEW),
          Inspected("stain", 11.5, v1::REVIEW)};
}

TEST(EvaluationTest, GoodComesFirstWhateverTheOrder) {
  std::vector<TestPicture> pictures;
  for (const char* kind : {"hole", "good", "cut", "hole"}) pictures.emplace_back().kind = kind;
  EXPECT_THAT(KindsOf(pictures), ElementsAre("good", "hole", "cut"));
}

TEST(EvaluationTest, FlaggedIsAboveTheThresholdAndNokIsTheVerdict) {
  const Evaluation evaluation = Evaluate(SomePictures(), {}, NoBootstrap());
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
  const Evaluation evaluation = Evaluate(SomePictures(), {}, NoBootstrap());
  ASSERT_THAT(evaluation.kinds, SizeIs(2));
  EXPECT_EQ(evaluation.kinds[0].kind, "hole");
  // 30 is above 5, 9, 11, 12; 10 is above 5, 9.
  EXPECT_DOUBLE_EQ(*evaluation.kinds[0].image_auroc, 6.0 / 8);
  // 11.5 is above 5, 9, 11.
  EXPECT_DOUBLE_EQ(*evaluation.kinds[1].image_auroc, 3.0 / 4);
  EXPECT_DOUBLE_EQ(*evaluation.measures.image_auroc, 9.0 / 12);
}

TEST(EvaluationTest, BothThresholdsAreMeasured) {
  const Evaluation evaluation = Evaluate(SomePictures(), {}, NoBootstrap());
  EXPECT_DOUBLE_EQ(evaluation.calibrated.threshold, 10);
  EXPECT_DOUBLE_EQ(evaluation.calibrated.r1, 0.5);
  EXPECT_DOUBLE_EQ(evaluation.calibrated.r2, 2.0 / 3);
  EXPECT_DOUBLE_EQ(evaluation.best.threshold, 9);
  EXPECT_DOUBLE_EQ(evaluation.best.r1, 0.5);
  EXPECT_DOUBLE_EQ(evaluation.best.r2, 1);
}

TEST(EvaluationTest, ALayerIsMeasuredByItsOwnScores) {
  std::vector<InspectedPicture> pictures = SomePictures();
  for (size_t i = 0; i < pictures.size(); ++i) {
    v1::LayerScore* deep = pictures[i].inspection.add_layers();
    deep->set_layer("conv4_3");
    deep->set_score(pictures[i].picture.good() ? 1 : 2);
    v1::LayerScore* shallow = pictures[i].inspection.add_layers();
    shallow->set_layer("conv2_2");
    shallow->set_score(1);
  }
  const Evaluation evaluation = Evaluate(pictures, {}, NoBootstrap());
  ASSERT_THAT(evaluation.layers, SizeIs(2));
  EXPECT_EQ(evaluation.layers[0].layer, "conv4_3");
  EXPECT_EQ(evaluation.layers[0].image_auroc, 1.0);
  EXPECT_THAT(evaluation.layers[0].kinds, ElementsAre(1.0, 1.0));
  EXPECT_EQ(evaluation.layers[1].image_auroc, 0.5);
}

TEST(EvaluationTest, IntervalsHoldTheirMeasureAndTheSameSeedGivesTheSame) {
  BootstrapOptions options;
  options.samples = 200;
  options.seed = 3;
  const Evaluation evaluation = Evaluate(SomePictures(), {}, options);
  ASSERT_TRUE(evaluation.intervals.image_auroc.has_value());
  EXPECT_LE(evaluation.intervals.image_auroc->low, *evaluation.measures.image_auroc);
  EXPECT_GE(evaluation.intervals.image_auroc->high, *evaluation.measures.image_auroc);
  EXPECT_EQ(evaluation.intervals.pixel_auroc.has_value(), false);
  EXPECT_EQ(Evaluate(SomePictures(), {}, options).intervals.r1->low, evaluation.intervals.r1->low);
}

TEST(EvaluationTest, PixelAreasGoToTheirKinds) {
  PixelEvaluation pixels;
  pixels.all = {0.9, 0.7};
  pixels.by_kind = {{}, {0.8, 0.5}, {0.95, 0.6}};
  const Evaluation evaluation = Evaluate(SomePictures(), pixels, NoBootstrap());
  EXPECT_EQ(evaluation.measures.pixel_auroc, 0.9);
  EXPECT_EQ(evaluation.measures.pro30, 0.7);
  EXPECT_EQ(evaluation.kinds[0].pixels.auroc, 0.8);
  EXPECT_EQ(evaluation.kinds[1].pixels.auroc, 0.95);
  EXPECT_EQ(evaluation.kinds[1].pixels.pro30, 0.6);
}

TEST(EvaluationTest, WithoutMasksThereIsNoPixelAuroc) {
  const Evaluation evaluation = Evaluate(SomePictures(), {}, NoBootstrap());
  EXPECT_EQ(evaluation.measures.pixel_auroc, std::nullopt);
  EXPECT_EQ(evaluation.kinds[0].pixels.auroc, std::nullopt);
}

}  // namespace
}  // namespace mlfsc::client
