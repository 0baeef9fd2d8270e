#include "core/training/appearance_learner.h"

#include <algorithm>
#include <random>
#include <set>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/training/training_pictures.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::StatusIs;

FeatureOptions SmallOptions() {
  FeatureOptions options;
  options.input_size = 96;
  options.appearance = true;
  return options;
}

std::vector<AppearanceVectors> Pictures(int count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<AppearanceVectors> pictures;
  for (int i = 0; i < count; ++i) {
    const PictureFeatures features = testing::MixedFields(SmallOptions(), &random);
    pictures.push_back(*MakeAppearanceVectors(SmallOptions(), features.appearance));
  }
  return pictures;
}

class AppearanceLearnerTest : public ::testing::Test {
 protected:
  const AppearanceSpool& Spooled(const std::vector<AppearanceVectors>& pictures) {
    spool_ = *AppearanceSpool::Create(folder_.path(), ToSpooled(AppearanceShape(SmallOptions())));
    for (const AppearanceVectors& picture : pictures) EXPECT_THAT(spool_->Append(ToSpooled(picture)), IsOk());
    return *spool_;
  }

  testing::TemporaryFolder folder_;
  std::unique_ptr<AppearanceSpool> spool_;
};

absl::Status Nothing() { return absl::OkStatus(); }

TEST_F(AppearanceLearnerTest, WhatIsSpooledIsReadBack) {
  const std::vector<AppearanceVectors> pictures = Pictures(3, 1);
  const AppearanceSpool& spool = Spooled(pictures);
  for (int i = 0; i < 3; ++i) {
    const auto read = ReadAppearance(spool, i);
    ASSERT_THAT(read, IsOk());
    EXPECT_EQ(read->cells.values, pictures[i].cells.values);
    EXPECT_EQ(read->windows.values, pictures[i].windows.values);
    EXPECT_EQ(read->windows.layer_channels, pictures[i].windows.layer_channels);
  }
}

TEST_F(AppearanceLearnerTest, WithoutAFoldTheDetailIsThatOfTheOtherPictures) {
  const std::vector<AppearanceVectors> pictures = Pictures(7, 2);
  const Folds folds(7);
  AppearanceLearner learner(Spooled(pictures), folds, 0);
  ASSERT_THAT(learner.Learn(nullptr, Nothing), IsOk());
  for (int fold = 0; fold < folds.count(); ++fold) {
    WhiteningAccumulator others;
    for (int i = 0; i < 7; ++i) {
      if (folds.Of(i) != fold) others.Add(pictures[i].cells);
    }
    const WhiteningStatistics expected = *others.Statistics(kDetailShrinkage);
    const absl::StatusOr<AppearanceStatistics> found = learner.StatisticsWithout(fold);
    ASSERT_THAT(found, IsOk());
    // Sums less a fold's own differ from sums without it in float64's last places.
    for (size_t i = 0; i < expected.mean.size(); ++i) {
      ASSERT_NEAR(found->detail.mean[i], expected.mean[i], 1e-6);
      ASSERT_NEAR(found->detail.deviation[i], expected.deviation[i], 1e-5);
    }
    for (size_t i = 0; i < expected.correlation.size(); i += 101) {
      ASSERT_NEAR(found->detail.correlation[i], expected.correlation[i], 1e-5);
    }
  }
}

// The projected windows of a picture, as a bank holds them.
std::set<std::vector<float>> Projected(const MemoryBank& bank, const PatchVectors& windows) {
  const PackedRows rows(bank.projection, bank.dimensions, bank.channels);
  std::set<std::vector<float>> vectors;
  std::vector<float> z(static_cast<size_t>(bank.channels) * kPatchBlock);
  std::vector<float> products(static_cast<size_t>(bank.dimensions) * kPatchBlock);
  for (int channel = 0; channel < bank.channels; ++channel) {
    std::copy_n(windows.row(channel), windows.grid.count(), &z[static_cast<size_t>(channel) * kPatchBlock]);
  }
  rows.Multiply(z.data(), kPatchBlock, products.data());
  for (int window = 0; window < windows.grid.count(); ++window) {
    std::vector<float> vector;
    for (int d = 0; d < bank.dimensions; ++d) vector.push_back(products[d * kPatchBlock + window]);
    vectors.insert(vector);
  }
  return vectors;
}

TEST_F(AppearanceLearnerTest, ABankRemembersOtherFoldsWindowsAndNoneOfItsOwn) {
  const std::vector<AppearanceVectors> pictures = Pictures(6, 3);
  const Folds folds(6);
  AppearanceLearner learner(Spooled(pictures), folds, 0);
  ASSERT_THAT(learner.Learn(nullptr, Nothing), IsOk());
  const MemoryBank all = learner.Statistics()->memory;
  // 16 windows a picture at 96 px: all are kept.
  EXPECT_EQ(all.vectors, 6 * 16);
  for (int fold = 0; fold < folds.count(); ++fold) {
    const MemoryBank bank = learner.StatisticsWithout(fold)->memory;
    std::set<std::vector<float>> remembered;
    for (int v = 0; v < bank.vectors; ++v) {
      remembered.emplace(bank.values.begin() + v * bank.dimensions,
                         bank.values.begin() + (v + 1) * bank.dimensions);
    }
    for (int i = 0; i < 6; ++i) {
      for (const std::vector<float>& vector : Projected(bank, pictures[i].windows)) {
        EXPECT_EQ(remembered.count(vector) > 0, folds.Of(i) != fold) << "picture " << i << ", fold " << fold;
      }
    }
  }
}

TEST_F(AppearanceLearnerTest, TheSameSeedGivesTheSameBitsAndAnotherOthers) {
  const std::vector<AppearanceVectors> pictures = Pictures(3, 4);
  const AppearanceSpool& spool = Spooled(pictures);
  const Folds folds(3);
  ThreadPool pool(2);
  const auto bank = [&](uint64_t seed, ThreadPool* threads) {
    AppearanceLearner learner(spool, folds, seed);
    EXPECT_THAT(learner.Learn(threads, Nothing), IsOk());
    return learner.Statistics()->memory;
  };
  EXPECT_EQ(bank(5, nullptr).values, bank(5, &pool).values);
  EXPECT_NE(bank(5, nullptr).projection, bank(6, nullptr).projection);
}

TEST_F(AppearanceLearnerTest, ItReportsEachReadingAndEndsWhenTheReportSaysSo) {
  const Folds folds(3);
  AppearanceLearner learner(Spooled(Pictures(3, 5)), folds, 0);
  int reports = 0;
  EXPECT_THAT(learner.Learn(nullptr,
                            [&] {
                              return ++reports == 4 ? absl::CancelledError("enough") : absl::OkStatus();
                            }),
              StatusIs(absl::StatusCode::kCancelled, "enough"));
  EXPECT_EQ(reports, 4);
  reports = 0;
  AppearanceLearner whole(*spool_, folds, 0);
  EXPECT_THAT(whole.Learn(nullptr, [&] { return ++reports, absl::OkStatus(); }), IsOk());
  EXPECT_EQ(reports, AppearanceLearner::kPasses * 3);
}

}  // namespace
}  // namespace mlfsc
