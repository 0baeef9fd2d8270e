#include "core/coding/omp.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/coding/gram.h"
#include "tests/core/coding/naive_coding.h"

namespace mlfsc {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

std::vector<double> Solve(const std::vector<float>& dictionary, const std::vector<double>& patch,
                          int num_atoms, int nonzeros) {
  const std::vector<double> gram = GramMatrix(dictionary.data(), num_atoms, static_cast<int>(patch.size()));
  std::vector<double> correlations(num_atoms, 0.0), codes(num_atoms, 1.0);
  for (int k = 0; k < num_atoms; ++k) {
    for (size_t t = 0; t < patch.size(); ++t) correlations[k] += patch[t] * dictionary[k * patch.size() + t];
  }
  OmpSolver(gram, num_atoms, nonzeros).Solve(correlations, absl::MakeSpan(codes));
  return codes;
}

std::vector<double> RandomPatch(std::mt19937_64& random, int cells) {
  const std::vector<float> values = testing::RandomValues(random, cells, 2);
  return {values.begin(), values.end()};
}

TEST(OmpSolverTest, AgreesWithGramSchmidt) {
  std::mt19937_64 random(1);
  for (int num_atoms : {1, 2, 5, 12, 200}) {
    for (int nonzeros : {1, 3, 16, 300}) {
      const std::vector<float> dictionary = testing::RandomDictionary(random, num_atoms, 64);
      const std::vector<double> patch = RandomPatch(random, 64);
      // Past 30 of 64 dimensions the fits grow ill-conditioned: there only the residual is told.
      const std::vector<double> codes = Solve(dictionary, patch, num_atoms, std::min(nonzeros, 30));
      const std::vector<double> naive =
          testing::NaiveOmp(patch, dictionary.data(), num_atoms, std::min(nonzeros, 30));
      for (int k = 0; k < num_atoms; ++k) {
        ASSERT_NEAR(codes[k], naive[k], 1e-8) << num_atoms << " atoms, " << nonzeros << " nonzeros";
      }
    }
  }
}

TEST(OmpSolverTest, UsesAtMostTheStatedNumberOfAtoms) {
  std::mt19937_64 random(2);
  const std::vector<float> dictionary = testing::RandomDictionary(random, 12, 30);
  for (int nonzeros = 1; nonzeros <= 14; ++nonzeros) {
    const std::vector<double> codes = Solve(dictionary, RandomPatch(random, 30), 12, nonzeros);
    EXPECT_EQ(std::count_if(codes.begin(), codes.end(), [](double c) { return c != 0; }),
              std::min(nonzeros, 12));
  }
}

TEST(OmpSolverTest, EndsWhenThePatchIsExplained) {
  std::mt19937_64 random(3);
  std::vector<float> dictionary = testing::RandomDictionary(random, 5, 30);
  // All correlations have one sign.
  for (float& value : dictionary) value = std::abs(value);
  for (double size : {3.0, -3.0}) {
    std::vector<double> patch(30);
    for (int t = 0; t < 30; ++t) patch[t] = size * dictionary[30 + t];
    const std::vector<double> codes = Solve(dictionary, patch, 5, 4);
    EXPECT_NEAR(codes[1], size, 1e-6);
    EXPECT_EQ(std::count(codes.begin(), codes.end(), 0.0), 4);
  }
}

TEST(OmpSolverTest, AMillionthOfTheLargestCorrelationIsNotExplained) {
  const std::vector<double> gram = {1, 0, 0, 1};
  OmpSolver solver(gram, 2, 2);
  std::vector<double> codes(2);
  for (double size : {1.0, -1024.0, 0x1p-10}) {
    solver.Solve({size, 5e-6 * size}, absl::MakeSpan(codes));
    EXPECT_THAT(codes, ElementsAre(size, 5e-6 * size));
    solver.Solve({size, 5e-7 * size}, absl::MakeSpan(codes));
    EXPECT_THAT(codes, ElementsAre(size, 0));
    solver.Solve({size, 1e-6 * size}, absl::MakeSpan(codes));
    EXPECT_THAT(codes, ElementsAre(size, 0));
  }
}

TEST(OmpSolverTest, AnAtomWithABillionthOfItsOwnIsDependent) {
  for (double length : {0.1, 1.0, 10.0}) {
    for (double own : {4e-9, 4e-10}) {
      const double shared = std::sqrt(1 - own);
      const std::vector<double> gram = {1e4, 100 * length * shared, 100 * length * shared, length * length};
      OmpSolver solver(gram, 2, 2);
      std::vector<double> codes(2);
      // x = (0.001, 1): the first atom, which is longer, leaves the 1, of which the second has some.
      solver.Solve({0.1, length * (0.001 * shared + std::sqrt(own))}, absl::MakeSpan(codes));
      EXPECT_EQ(std::count(codes.begin(), codes.end(), 0.0), own > 1e-9 ? 0 : 1) << length << " long";
    }
  }
}

TEST(OmpSolverTest, DuplicateAtomsAreUsedOnce) {
  std::mt19937_64 random(4);
  std::vector<float> dictionary = testing::RandomDictionary(random, 4, 30);
  std::copy_n(dictionary.begin(), 30, dictionary.begin() + 30);
  std::copy_n(dictionary.begin(), 30, dictionary.begin() + 60);
  const std::vector<double> codes = Solve(dictionary, RandomPatch(random, 30), 4, 4);
  EXPECT_NE(codes[0], 0);
  EXPECT_EQ(codes[1], 0);
  EXPECT_EQ(codes[2], 0);
  EXPECT_NE(codes[3], 0);
}

TEST(OmpSolverTest, AnAtomThatIsNearlyAnotherEndsTheSearch) {
  // Less than a billionth of its squared length is its own, which would take codes of thousands to use.
  std::mt19937_64 random(6);
  std::vector<float> dictionary = testing::RandomDictionary(random, 2, 30);
  std::copy_n(dictionary.begin(), 30, dictionary.begin() + 30);
  dictionary[30] += 1e-5F;
  std::vector<double> patch(30);
  for (int t = 0; t < 30; ++t) patch[t] = dictionary[t];
  patch[0] += 100;
  const std::vector<double> codes = Solve(dictionary, patch, 2, 2);
  EXPECT_EQ(std::count(codes.begin(), codes.end(), 0.0), 1);
}

TEST(OmpSolverTest, AnEmptyPatchOrEmptyAtomsGiveZeros) {
  std::mt19937_64 random(5);
  EXPECT_THAT(Solve(testing::RandomDictionary(random, 5, 30), std::vector<double>(30), 5, 3), Each(0.0));
  EXPECT_THAT(Solve(std::vector<float>(150), RandomPatch(random, 30), 5, 3), Each(0.0));
}

}  // namespace
}  // namespace mlfsc
