#include "core/training/learning.h"

#include <memory>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/features/feature_extractor.h"
#include "tests/core/training/training_pictures.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class LearningTest : public ::testing::Test {
 protected:
  LearningTest() {
    std::mt19937 random(1);
    for (int i = 0; i < 5; ++i) {
      const auto features = Standardise(options_.features, testing::WovenPixels(64, &random));
      if (spool_ == nullptr) spool_ = *FeatureSpool::Create(folder_.path(), features->maps);
      EXPECT_THAT(spool_->Append(features->maps), IsOk());
    }
  }

  Dictionaries Learn(const std::vector<int64_t>& pictures, ThreadPool* pool = nullptr) {
    auto dictionaries = LearnDictionaries(options_, *spool_, pictures, pool,
                                          [](int64_t, double) { return absl::OkStatus(); });
    EXPECT_THAT(dictionaries, IsOk());
    return *std::move(dictionaries);
  }

  CategoryOptions options_ = testing::WovenOptions(4, ScoreMethod::kWhitened);
  testing::TemporaryFolder folder_;
  std::unique_ptr<FeatureSpool> spool_;
};

TEST_F(LearningTest, EveryPassTakesAllPicturesTheLastBatchMayBeSmaller) {
  options_.learning.epochs = 3;
  options_.learning.batch_pictures = 2;
  std::vector<int64_t> batches;
  const auto dictionaries =
      LearnDictionaries(options_, *spool_, {0, 1, 2, 3, 4}, nullptr, [&](int64_t pictures, double) {
        batches.push_back(pictures);
        return absl::OkStatus();
      });
  EXPECT_THAT(dictionaries, IsOk());
  EXPECT_THAT(batches, ElementsAre(2, 2, 1, 2, 2, 1, 2, 2, 1));
}

TEST_F(LearningTest, TheObjectiveFalls) {
  options_.learning.epochs = 4;
  options_.learning.batch_pictures = 5;
  std::vector<double> objectives;
  const auto dictionaries =
      LearnDictionaries(options_, *spool_, {0, 1, 2, 3, 4}, nullptr, [&](int64_t, double objective) {
        objectives.push_back(objective);
        return absl::OkStatus();
      });
  EXPECT_THAT(dictionaries, IsOk());
  ASSERT_EQ(objectives.size(), 4);
  EXPECT_LT(objectives.back(), 0.9 * objectives.front());
}

TEST_F(LearningTest, TheDictionariesDoNotDependOnTheThreads) {
  ThreadPool pool(3);
  EXPECT_EQ(Learn({0, 1, 2, 3, 4})[0].values, Learn({0, 1, 2, 3, 4}, &pool)[0].values);
}

TEST_F(LearningTest, TheDictionariesDependOnTheSeedAndOnThePictures) {
  const std::vector<float> values = Learn({0, 1, 2, 3})[0].values;
  EXPECT_NE(Learn({1, 2, 3, 4})[0].values, values);
  options_.learning.seed = 1;
  EXPECT_NE(Learn({0, 1, 2, 3})[0].values, values);
}

TEST_F(LearningTest, AnErrorFromTheReportEndsIt) {
  options_.learning.batch_pictures = 1;
  int batches = 0;
  const auto dictionaries = LearnDictionaries(options_, *spool_, {0, 1, 2}, nullptr, [&](int64_t, double) {
    return ++batches == 2 ? absl::CancelledError("enough") : absl::OkStatus();
  });
  EXPECT_THAT(dictionaries, StatusIs(absl::StatusCode::kCancelled, HasSubstr("enough")));
  EXPECT_EQ(batches, 2);
}

}  // namespace
}  // namespace mlfsc
