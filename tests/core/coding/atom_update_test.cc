#include "core/coding/atom_update.h"

#include <cmath>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/coding/naive_coding.h"

namespace mlfsc {
namespace {

using ::testing::Each;

constexpr int kAtoms = 3;
constexpr int kCells = 8;

// Statistics of `count` patches with random codes.
CodeStatistics RandomStatistics(std::mt19937_64& random, int count, std::vector<std::vector<double>>* patches,
                                std::vector<std::vector<double>>* codes) {
  CodeStatistics statistics(kAtoms, kCells);
  for (int i = 0; i < count; ++i) {
    const std::vector<float> x = testing::RandomValues(random, kCells),
                             c = testing::RandomValues(random, kAtoms);
    patches->emplace_back(x.begin(), x.end());
    codes->emplace_back(c.begin(), c.end());
    for (int k = 0; k < kAtoms; ++k) {
      for (int j = 0; j < kAtoms; ++j) statistics.code_products[k * kAtoms + j] += c[k] * c[j];
      for (int t = 0; t < kCells; ++t) statistics.code_patches[k * kCells + t] += c[k] * x[t];
    }
  }
  return statistics;
}

double RebuildingError(const std::vector<std::vector<double>>& patches,
                       const std::vector<std::vector<double>>& codes, const std::vector<float>& dictionary) {
  double sum = 0;
  for (size_t i = 0; i < patches.size(); ++i) {
    sum += testing::SquaredNorm(testing::NaiveRemainder(patches[i], dictionary.data(), kAtoms, codes[i]));
  }
  return sum;
}

TEST(UpdateAtomsTest, NoOtherUnitAtomInAnAtomsPlaceRebuildsThePatchesBetter) {
  std::mt19937_64 random(1);
  std::vector<std::vector<double>> patches, codes;
  const CodeStatistics statistics = RandomStatistics(random, 40, &patches, &codes);
  std::vector<float> dictionary = testing::RandomDictionary(random, kAtoms, kCells);
  const double before = RebuildingError(patches, codes, dictionary);
  UpdateAtoms(statistics, 100, dictionary.data());
  const double after = RebuildingError(patches, codes, dictionary);
  EXPECT_LT(after, before);
  for (int round = 0; round < 200; ++round) {
    std::vector<float> other = dictionary;
    const std::vector<float> atom = testing::RandomDictionary(random, 1, kCells);
    std::copy(atom.begin(), atom.end(), other.begin() + round % kAtoms * kCells);
    EXPECT_GE(RebuildingError(patches, codes, other), after);
  }
}

TEST(UpdateAtomsTest, AtomsThatNoCodeUsesStayAsTheyAre) {
  std::mt19937_64 random(2);
  CodeStatistics statistics(kAtoms, kCells);
  statistics.code_products[0] = 2;
  for (int t = 0; t < kCells; ++t) statistics.code_patches[t] = 1;
  const std::vector<float> before = testing::RandomDictionary(random, kAtoms, kCells);
  std::vector<float> after = before;
  UpdateAtoms(statistics, 2, after.data());
  for (int t = 0; t < kCells; ++t) EXPECT_NEAR(after[t], std::sqrt(1.0 / kCells), 1e-7);
  for (int t = kCells; t < kAtoms * kCells; ++t) EXPECT_EQ(after[t], before[t]);
}

TEST(ReplaceAtomTest, TakesThePatchAtUnitLengthAndForgetsThePredecessor) {
  std::mt19937_64 random(3);
  for (const float strength : {3.0F, 1e-3F}) {
    std::vector<std::vector<double>> patches, codes;
    CodeStatistics statistics = RandomStatistics(random, 5, &patches, &codes);
    std::vector<float> dictionary = testing::RandomDictionary(random, kAtoms, kCells);
    const std::vector<float> patch(kCells, strength);
    ReplaceAtom(1, patch.data(), &statistics, dictionary.data());
    for (int t = 0; t < kCells; ++t) {
      EXPECT_NEAR(dictionary[kCells + t], std::sqrt(1.0 / kCells), 1e-7);
      EXPECT_EQ(statistics.code_patches[kCells + t], 0);
      EXPECT_NE(statistics.code_patches[t], 0);
    }
    for (int k = 0; k < kAtoms; ++k) {
      EXPECT_EQ(statistics.code_products[kAtoms + k], 0);
      EXPECT_EQ(statistics.code_products[k * kAtoms + 1], 0);
    }
    EXPECT_NE(statistics.code_products[2], 0);
  }
}

TEST(ReplaceAtomTest, APatchOfZerosGivesAnAtomOfZeros) {
  std::mt19937_64 random(4);
  CodeStatistics statistics(1, kCells);
  std::vector<float> dictionary = testing::RandomDictionary(random, 1, kCells);
  ReplaceAtom(0, std::vector<float>(kCells).data(), &statistics, dictionary.data());
  EXPECT_THAT(dictionary, Each(0.0F));
}

}  // namespace
}  // namespace mlfsc
