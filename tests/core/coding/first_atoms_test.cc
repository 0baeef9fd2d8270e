#include "core/coding/first_atoms.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/coding/naive_coding.h"

namespace mlfsc {
namespace {

using ::testing::Each;

constexpr PatchOptions kPatches{3, 2};
constexpr int kCells = 9;
constexpr int kHeight = 9;
constexpr int kWidth = 13;

// Random planes whose left part is empty, so that some patches hold nothing.
std::vector<std::vector<float>> RandomPlanes(int count) {
  std::mt19937_64 random(1);
  std::vector<std::vector<float>> planes;
  for (int i = 0; i < count; ++i) {
    planes.push_back(testing::RandomValues(random, kHeight * kWidth));
    for (int y = 0; y < kHeight; ++y) std::fill_n(planes.back().begin() + y * kWidth, 5, 0.0F);
  }
  return planes;
}

std::vector<float> Choose(const std::vector<std::vector<float>>& planes, int atoms, const DrawSeed& seed) {
  ChannelPlanes channel{{}, kHeight, kWidth};
  for (const std::vector<float>& plane : planes) channel.planes.push_back(plane.data());
  std::vector<float> dictionary(atoms * kCells, 7.0F);
  ChooseFirstAtoms(channel, kPatches, atoms, seed, dictionary.data());
  return dictionary;
}

// The same, patch by patch: eight draws for each atom, of which the least like the atoms before stays.
std::vector<std::vector<double>> NaiveChoice(const std::vector<std::vector<float>>& planes, int atoms,
                                             const DrawSeed& seed) {
  const PatchGrid grid = MakePatchGrid(kPatches, kHeight, kWidth);
  std::seed_seq seeds{static_cast<uint32_t>(seed.seed % 0x100000000),
                      static_cast<uint32_t>(seed.seed / 0x100000000), static_cast<uint32_t>(seed.channel)};
  std::mt19937_64 random(seeds);
  std::vector<std::vector<double>> chosen;
  for (int k = 0; k < atoms; ++k) {
    std::vector<double> best(kCells, 0.0);
    double smallest = 2;
    for (int draw = 0; draw < 8; ++draw) {
      const auto drawn = static_cast<int>(random() % (planes.size() * grid.count()));
      std::vector<double> patch = testing::NaivePatch(planes[drawn / grid.count()].data(), kWidth, kPatches,
                                                      grid, drawn % grid.count());
      const double length = std::sqrt(testing::SquaredNorm(patch));
      if (length == 0) continue;
      for (double& value : patch) value /= length;
      double cosine = 0;
      for (const std::vector<double>& atom : chosen) {
        double dot = 0;
        for (int t = 0; t < kCells; ++t) dot += atom[t] * patch[t];
        cosine = std::max(cosine, std::abs(dot));
      }
      if (cosine >= smallest) continue;
      smallest = cosine;
      best = patch;
    }
    chosen.push_back(best);
  }
  return chosen;
}

TEST(FirstAtomsTest, AreTheNaiveChoice) {
  const std::vector<std::vector<float>> planes = RandomPlanes(3);
  for (const DrawSeed& seed : {DrawSeed{0, 0}, {1, 0}, {0, 1}, {uint64_t{1} << 32, 0}, {~uint64_t{0}, 895}}) {
    for (const int atoms : {1, 2, 5, 20}) {
      const std::vector<float> dictionary = Choose(planes, atoms, seed);
      const std::vector<std::vector<double>> naive = NaiveChoice(planes, atoms, seed);
      for (int k = 0; k < atoms; ++k) {
        // A patch of float32 values over its length, rounded once.
        for (int t = 0; t < kCells; ++t) ASSERT_NEAR(dictionary[k * kCells + t], naive[k][t], 1e-7);
      }
    }
  }
}

TEST(FirstAtomsTest, SeedAndChannelEachChangeTheDraws) {
  const std::vector<std::vector<float>> planes = RandomPlanes(3);
  const std::vector<float> first = Choose(planes, 5, {0, 0});
  EXPECT_EQ(Choose(planes, 5, {0, 0}), first);
  EXPECT_NE(Choose(planes, 5, {1, 0}), first);
  EXPECT_NE(Choose(planes, 5, {uint64_t{1} << 32, 0}), first);
  EXPECT_NE(Choose(planes, 5, {0, 1}), first);
}

TEST(FirstAtomsTest, EmptyPlanesAndNoneGiveAtomsOfZeros) {
  EXPECT_THAT(Choose({std::vector<float>(kHeight * kWidth)}, 3, {0, 0}), Each(0.0F));
  EXPECT_THAT(Choose({}, 3, {0, 0}), Each(0.0F));
}

}  // namespace
}  // namespace mlfsc
