#include "core/training/memory_builder.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlfsc {
namespace {

// [channels, count] with a deviation for each channel.
PatchVectors Windows(int count, const std::vector<float>& deviations, std::mt19937* random) {
  std::normal_distribution<float> normal;
  PatchVectors windows;
  windows.grid = {1, count};
  windows.layers = {"deep"};
  windows.layer_channels = {static_cast<int>(deviations.size())};
  for (const float deviation : deviations) {
    for (int i = 0; i < count; ++i) windows.values.push_back(5 + deviation * normal(*random));
  }
  return windows;
}

MemoryBuilder Built(const std::vector<PatchVectors>& pictures, uint64_t seed = 0) {
  MemoryBuilder builder(seed);
  for (const PatchVectors& picture : pictures) builder.Measure(picture);
  builder.MakeProjection();
  for (size_t i = 0; i < pictures.size(); ++i) builder.Remember(pictures[i], static_cast<int>(i));
  builder.Select(nullptr);
  return builder;
}

TEST(MemoryBuilderTest, AChannelIsDividedByTheRootOfItsDeviationTimesItsLayers) {
  std::mt19937 random(1);
  const std::vector<float> deviations = {0.1F, 1, 10, 0};
  const MemoryBank bank = Built({Windows(4000, deviations, &random)}).Bank();
  const double layer = std::sqrt((0.01 + 1 + 100) / 4);
  for (int channel = 0; channel < 3; ++channel) {
    // Directions are normal with variance 1 / kDimensions: over 128 of them the sum of squares is 1 within 4
    // standard deviations of sqrt(2 / 128).
    double square = 0;
    for (int d = 0; d < bank.dimensions; ++d) square += std::pow(bank.projection[d * 4 + channel], 2);
    EXPECT_NEAR(square * deviations[channel] * layer, 1, 4 * std::sqrt(2.0 / 128)) << channel;
  }
  // A channel that never varies has no part.
  for (int d = 0; d < bank.dimensions; ++d) EXPECT_EQ(bank.projection[d * 4 + 3], 0);
}

TEST(MemoryBuilderTest, DistancesAreKept) {
  std::mt19937 random(2);
  // Equal deviations d, so that distances are divided by d.
  const PatchVectors windows = Windows(60, std::vector<float>(40, 2), &random);
  const MemoryBank bank = Built({windows}).Bank();
  ASSERT_EQ(bank.vectors, 60);
  double ratio = 0;
  for (int i = 0; i + 1 < 60; ++i) {
    double before = 0;
    double after = 0;
    // Order is by selection: compare the sums of all distances instead of pairs.
    for (int c = 0; c < 40; ++c) before += std::pow(windows.row(c)[i] - windows.row(c)[i + 1], 2) / 4;
    for (int d = 0; d < bank.dimensions; ++d) {
      after += std::pow(bank.values[i * bank.dimensions + d] - bank.values[(i + 1) * bank.dimensions + d], 2);
    }
    ratio += after / before / 59;
  }
  EXPECT_NEAR(ratio, 1, 0.2);
}

TEST(MemoryBuilderTest, NoMoreVectorsThanTheLimitAndTheFarAwayIsAmongThem) {
  std::mt19937 random(3);
  std::vector<PatchVectors> pictures;
  for (int i = 0; i < 5; ++i) pictures.push_back(Windows(1000, std::vector<float>(8, 1), &random));
  // One window that is unlike all others.
  for (int c = 0; c < 8; ++c) pictures[2].row(c)[123] = 100;
  const MemoryBank bank = Built(pictures).Bank();
  EXPECT_EQ(bank.vectors, MemoryBuilder::kVectors);
  // Squared norms stand out by orders of magnitude.
  std::vector<double> norms;
  for (int v = 0; v < bank.vectors; ++v) {
    double norm = 0;
    for (int d = 0; d < bank.dimensions; ++d) norm += std::pow(bank.values[v * bank.dimensions + d], 2);
    norms.push_back(norm);
  }
  std::sort(norms.begin(), norms.end());
  EXPECT_GT(norms.back(), 10 * norms[norms.size() - 2]);
}

TEST(MemoryBuilderTest, CandidatesAreBoundedAndEveryPictureHasAShare) {
  std::mt19937 random(4);
  std::vector<PatchVectors> pictures;
  // Twice as many windows as candidates.
  for (int i = 0; i < 40; ++i) pictures.push_back(Windows(1000, {1, 1, 1}, &random));
  const MemoryBuilder builder = Built(pictures);
  const int all = builder.Bank().vectors;
  EXPECT_EQ(all, MemoryBuilder::kVectors);
  for (int i = 0; i < 40; ++i) EXPECT_LT(builder.BankWithout(i).vectors, all) << i;
}

TEST(MemoryBuilderTest, WithoutAFoldTheBankHasWhatTheOtherPicturesShowToo) {
  std::mt19937 random(6);
  const PatchVectors flat = Windows(30, {0, 0, 0}, &random);
  const PatchVectors windows = Windows(30, {1, 1, 1}, &random);
  // Equal windows, and equal pictures, in two folds.
  const MemoryBuilder builder = Built({windows, windows});
  EXPECT_EQ(builder.BankWithout(0).vectors, 30);
  EXPECT_EQ(builder.BankWithout(1).vectors, 30);
  // Of a picture that shows the same everywhere one window is enough, and there is one.
  const MemoryBuilder blank = Built({flat, flat});
  EXPECT_EQ(blank.BankWithout(0).vectors, 1);
  EXPECT_EQ(blank.Bank().vectors, 2);
}

TEST(MemoryBuilderTest, WithoutAFoldTheBankIsThatOfTheOtherFoldsChosenByThemselves) {
  std::mt19937 random(7);
  std::vector<PatchVectors> pictures;
  for (int i = 0; i < 4; ++i) pictures.push_back(Windows(1000, {1, 1, 1, 1}, &random));
  const MemoryBuilder builder = Built(pictures);
  // 750 of each fold's thousand.
  for (int fold = 0; fold < 4; ++fold) EXPECT_EQ(builder.BankWithout(fold).vectors, 2250) << fold;
}

TEST(MemoryBuilderTest, TheSameSeedGivesTheSameBank) {
  std::mt19937 random(5);
  const std::vector<PatchVectors> pictures = {Windows(50, {1, 2, 3}, &random), Windows(50, {1, 2, 3}, &random)};
  EXPECT_EQ(Built(pictures, 7).Bank().values, Built(pictures, 7).Bank().values);
  EXPECT_NE(Built(pictures, 7).Bank().values, Built(pictures, 8).Bank().values);
}

}  // namespace
}  // namespace mlfsc
