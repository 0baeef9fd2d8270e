// Against scikit-learn's answers, and an independent implementation of PRO (make_evaluation_golden.py).
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "client/evaluation/measures.h"
#include "client/evaluation/pixel_ranking.h"
#include "tests/testing/golden.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc::client {
namespace {

using ::mlfsc::testing::IsOk;

// What is promised. Both sides count in double precision.
constexpr double kTolerance = 1e-9;

nlohmann::json Golden() {
  return nlohmann::json::parse(testing::ReadFile(MLFSC_TESTDATA "/evaluation.json"));
}

TEST(EvaluationGoldenTest, ScoresAreMeasuredAsScikitLearnDoes) {
  const nlohmann::json golden = Golden();
  ASSERT_EQ(golden["scores"].size(), 6u);
  for (const nlohmann::json& set : golden["scores"]) {
    const auto good = set["good"].get<std::vector<double>>();
    const auto bad = set["bad"].get<std::vector<double>>();
    const double threshold = set["threshold"];
    const Measures measures = MeasureScores(good, bad, threshold);
    EXPECT_NEAR(*measures.image_auroc, set["image_auroc"], kTolerance);
    EXPECT_NEAR(*measures.average_precision, set["average_precision"], kTolerance);
    EXPECT_NEAR(*measures.false_alarms_at_recall95, set["false_alarms_at_recall95"], kTolerance);
    EXPECT_NEAR(*measures.f1, set["f1"], kTolerance);
    EXPECT_NEAR(*OperatingPointAt(threshold, good, bad).precision, set["precision"], kTolerance);
  }
}

void ExpectMeasures(const PixelMeasures& measures, const nlohmann::json& golden) {
  EXPECT_NEAR(*measures.auroc, golden["pixel_auroc"], kTolerance);
  EXPECT_NEAR(*measures.pro30, golden["pro30"], kTolerance);
}

TEST(EvaluationGoldenTest, PixelsAreRankedAsScikitLearnAndTheDefinitionOfProSay) {
  const nlohmann::json golden = Golden();
  ASSERT_EQ(golden["maps"].size(), 3u);
  for (const nlohmann::json& set : golden["maps"]) {
    absl::StatusOr<std::unique_ptr<PixelRanking>> ranking = PixelRanking::Create(3);
    ASSERT_THAT(ranking, IsOk());
    int64_t index = 0;
    for (const nlohmann::json& picture : set["pictures"]) {
      auto values = picture["values"].get<std::vector<float>>();
      auto labels = picture["mask"].get<std::vector<uint8_t>>();
      const int height = picture["height"];
      const int width = picture["width"];
      const int kind = picture["kind"];
      const cv::Mat map(height, width, CV_32FC1, values.data());
      const cv::Mat mask(height, width, CV_8UC1, labels.data());
      ASSERT_THAT((*ranking)->Add(index++, kind, map, kind == 0 ? cv::Mat() : mask), IsOk());
    }
    const absl::StatusOr<PixelEvaluation> evaluation = (*ranking)->Compute();
    ASSERT_THAT(evaluation, IsOk());
    ExpectMeasures(evaluation->all, set["measures"]["all"]);
    ExpectMeasures(evaluation->by_kind[1], set["measures"]["1"]);
    ExpectMeasures(evaluation->by_kind[2], set["measures"]["2"]);
  }
}

}  // namespace
}  // namespace mlfsc::client
