// What the memory is made of, against tests/testdata/make_golden_fusion.py and naive loops.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/thread_pool.h"
#include "core/scoring/memory_bank.h"
#include "core/scoring/patch_vectors.h"
#include "core/training/memory_builder.h"
#include "tests/testing/golden.h"

namespace mlfsc {
namespace {

constexpr int kDimensions = MemoryBuilder::kDimensions;
// Of which the builder selects by the first.
constexpr int kSelectingDimensions = 32;
constexpr uint64_t kSeed = 3;

// `values`: [windows, channels], as the golden file has them.
PatchVectors WindowsOf(const std::vector<int>& layer_channels, const std::vector<float>& values) {
  PatchVectors windows;
  windows.layer_channels = layer_channels;
  windows.layers.resize(layer_channels.size(), "layer");
  int channels = 0;
  for (const int layer : layer_channels) channels += layer;
  windows.grid = {1, static_cast<int>(values.size()) / channels};
  windows.values.resize(values.size());
  for (int i = 0; i < windows.grid.count(); ++i) {
    for (int channel = 0; channel < channels; ++channel)
      windows.row(channel)[i] = values[i * channels + channel];
  }
  return windows;
}

PatchVectors RandomWindows(int count, std::mt19937* random) {
  std::normal_distribution<float> normal(2, 1);
  std::vector<float> values(static_cast<size_t>(count) * 7);
  std::generate(values.begin(), values.end(), [&] { return normal(*random); });
  return WindowsOf({4, 3}, values);
}

// Each picture in a fold of its own.
MemoryBuilder Built(const std::vector<PatchVectors>& pictures) {
  MemoryBuilder builder(kSeed);
  for (const PatchVectors& windows : pictures) builder.Measure(windows);
  builder.MakeProjection();
  for (size_t i = 0; i < pictures.size(); ++i) builder.Remember(pictures[i], static_cast<int>(i));
  builder.Select(nullptr);
  return builder;
}

std::vector<float> VectorOf(const MemoryBank& bank, int vector) {
  const auto begin = bank.values.begin() + static_cast<long>(vector) * kDimensions;
  return {begin, begin + kDimensions};
}

double SquaredDistance(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (int i = 0; i < kSelectingDimensions; ++i) sum += double{a[i] - b[i]} * double{a[i] - b[i]};
  return sum;
}

TEST(MemoryBuilderGoldenTest, ChannelsAreScaledHalfWayToEqualOnesAsTheGoldenOnesAre) {
  const SafetensorsFile golden = testing::ReadGolden("fusion.safetensors");
  MemoryBuilder builder(kSeed);
  builder.Measure(WindowsOf({512, 256, 128}, testing::GoldenFloats(golden, "100.windows.every_17th")));
  builder.MakeProjection();
  // The same random directions, unscaled: all channels have the deviation 1.
  std::vector<float> ones(size_t{2} * 896, 1);
  std::fill_n(ones.begin(), 896, -1.0F);
  MemoryBuilder unscaled(kSeed);
  unscaled.Measure(WindowsOf({512, 256, 128}, ones));
  unscaled.MakeProjection();

  const std::vector<float> scales = testing::GoldenFloats(golden, "memory.channel_scales");
  EXPECT_EQ(scales[700], 0);
  const std::vector<float> scaled = builder.Bank().projection;
  const std::vector<float> directions = unscaled.Bank().projection;
  ASSERT_EQ(scaled.size(), size_t{kDimensions} * 896);
  ASSERT_EQ(directions.size(), scaled.size());
  // Three roundings to float32: 2^-24 each.
  for (size_t i = 0; i < scaled.size(); ++i) {
    const double expected = double{directions[i]} * scales[i % 896];
    ASSERT_NEAR(scaled[i], expected, 1.8e-7 * std::abs(expected)) << i;
  }
}

TEST(MemoryBuilderGoldenTest, EachVectorIsTheOneFarthestFromThoseBefore) {
  std::mt19937 random(1);
  // Of one fold: each is chosen from by itself.
  const MemoryBank bank = Built({RandomWindows(71, &random)}).Bank();
  ASSERT_EQ(bank.vectors, 71);
  std::vector<double> nearest(bank.vectors, std::numeric_limits<double>::max());
  for (int next = 1; next < bank.vectors; ++next) {
    for (int i = next; i < bank.vectors; ++i) {
      nearest[i] = std::min(nearest[i], SquaredDistance(VectorOf(bank, i), VectorOf(bank, next - 1)));
    }
    const double farthest = *std::max_element(nearest.begin() + next, nearest.end());
    // 32 squares added up in float32.
    EXPECT_GE(nearest[next], farthest * (1 - 4e-6)) << next;
  }
}

TEST(MemoryBuilderGoldenTest, ABankWithoutAFoldHasTheOthersVectorsInTheSameOrder) {
  std::mt19937 random(2);
  const std::vector<PatchVectors> pictures = {RandomWindows(30, &random), RandomWindows(41, &random),
                                              RandomWindows(9, &random)};
  const MemoryBuilder builder = Built(pictures);
  const MemoryBank all = builder.Bank();
  std::vector<std::vector<float>> left;
  for (int i = 0; i < all.vectors; ++i) left.push_back(VectorOf(all, i));
  for (int fold = 0; fold < 3; ++fold) {
    const MemoryBank without = builder.BankWithout(fold);
    EXPECT_EQ(without.projection, all.projection);
    EXPECT_EQ(without.vectors, 80 - pictures[fold].grid.count());
    auto place = left.begin();
    for (int i = 0; i < without.vectors; ++i) {
      place = std::find(place, left.end(), VectorOf(without, i));
      ASSERT_NE(place, left.end()) << fold << " " << i;
    }
    // What a bank has not got is the fold's own.
    const absl::StatusOr<NearestNeighbours> nearest = NearestNeighbours::Make(without);
    ASSERT_TRUE(nearest.ok());
    for (const float distance : nearest->SquaredDistances(pictures[fold], nullptr)) EXPECT_GT(distance, 1e-3);
    for (const float distance : nearest->SquaredDistances(pictures[(fold + 1) % 3], nullptr)) {
      EXPECT_LT(distance, 1e-3);
    }
  }
}

TEST(MemoryBuilderGoldenTest, TheSelectionDoesNotDependOnTheThreads) {
  std::mt19937 random(4);
  MemoryBuilder builder = Built({RandomWindows(1600, &random), RandomWindows(1600, &random)});
  const MemoryBank alone = builder.Bank();
  ThreadPool pool(3);
  builder.Select(&pool);
  EXPECT_EQ(builder.Bank().values, alone.values);
}

}  // namespace
}  // namespace mlfsc
