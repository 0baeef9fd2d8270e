#include "core/coding/lasso.h"

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

struct Problem {
  std::vector<float> dictionary;
  std::vector<double> patch;
  int num_atoms;

  std::vector<double> Correlations() const {
    return Correlate([&](int k) { return &dictionary[k * patch.size()]; });
  }
  std::vector<double> Solve(double alpha, std::vector<double> start = {}) const {
    const std::vector<double> gram = GramMatrix(dictionary.data(), num_atoms, static_cast<int>(patch.size()));
    LassoSolver solver(gram, num_atoms, alpha);
    start.resize(num_atoms);
    EXPECT_TRUE(solver.Solve(Correlations(), absl::MakeSpan(start)));
    return start;
  }
  // The solver's own tolerance, 1e-9 max|b|, and double rounding of the sums in between.
  double Tolerance() const {
    double largest = 0;
    for (double b : Correlations()) largest = std::max(largest, std::abs(b));
    return 2e-9 * largest + 1e-15;
  }

 private:
  template <typename Atom>
  std::vector<double> Correlate(const Atom& atom) const {
    std::vector<double> sums(num_atoms, 0.0);
    for (int k = 0; k < num_atoms; ++k) {
      for (size_t t = 0; t < patch.size(); ++t) sums[k] += atom(k)[t] * patch[t];
    }
    return sums;
  }
};

Problem RandomProblem(std::mt19937_64& random, int num_atoms, int cells) {
  const std::vector<float> patch = testing::RandomValues(random, cells, 2);
  return {testing::RandomDictionary(random, num_atoms, cells), {patch.begin(), patch.end()}, num_atoms};
}

TEST(LassoSolverTest, MeetsTheOptimalityConditionsForEveryShapeAndAlpha) {
  std::mt19937_64 random(1);
  for (int num_atoms : {1, 2, 5, 12, 40, 200}) {
    for (int cells : {1, 4, 16, 64, 256}) {
      for (double alpha : {0.0, 0.01, 0.3, 1.0, 5.0, 1e6}) {
        const Problem problem = RandomProblem(random, num_atoms, cells);
        const std::vector<double> codes = problem.Solve(alpha);
        ASSERT_LE(testing::OptimalityGap(problem.patch, problem.dictionary.data(), num_atoms, codes, alpha),
                  problem.Tolerance())
            << num_atoms << " atoms, " << cells << " cells, alpha " << alpha;
      }
    }
  }
}

TEST(LassoSolverTest, FindsTheMinimumThatPlainCoordinateDescentFinds) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 50; ++round) {
    const Problem problem = RandomProblem(random, 8, 25);
    const std::vector<double> naive = testing::NaiveLasso(problem.patch, problem.dictionary.data(), 8, 0.5);
    const std::vector<double> codes = problem.Solve(0.5);
    for (int k = 0; k < 8; ++k) ASSERT_NEAR(codes[k], naive[k], 1e-8);
  }
}

TEST(LassoSolverTest, DuplicateAndOppositeAtomsShareThePatchWithoutLoss) {
  std::mt19937_64 random(3);
  for (double alpha : {0.0, 0.2, 1.0}) {
    Problem problem = RandomProblem(random, 6, 16);
    // Atoms 1 and 4 are atom 0, atom 5 is its negative.
    for (int t = 0; t < 16; ++t) {
      problem.dictionary[16 + t] = problem.dictionary[64 + t] = problem.dictionary[t];
      problem.dictionary[80 + t] = -problem.dictionary[t];
    }
    const std::vector<double> codes = problem.Solve(alpha);
    EXPECT_LE(testing::OptimalityGap(problem.patch, problem.dictionary.data(), 6, codes, alpha),
              problem.Tolerance());
  }
}

TEST(LassoSolverTest, AStartThatSpreadsOverDependentAtomsIsGatheredAgain) {
  std::mt19937_64 random(4);
  for (double alpha : {0.0, 0.2, 1.0}) {
    // 10 atoms in 4 dimensions: any start on all of them is on a dependent support.
    const Problem problem = RandomProblem(random, 10, 4);
    std::vector<double> start;
    for (float value : testing::RandomValues(random, 10)) start.push_back(value);
    const std::vector<double> codes = problem.Solve(alpha, start);
    EXPECT_LE(testing::OptimalityGap(problem.patch, problem.dictionary.data(), 10, codes, alpha),
              problem.Tolerance());
  }
}

TEST(LassoSolverTest, AStartAtTheAnswerStaysThere) {
  std::mt19937_64 random(5);
  const Problem problem = RandomProblem(random, 10, 30);
  const std::vector<double> codes = problem.Solve(0.4);
  EXPECT_EQ(problem.Solve(0.4, codes), problem.Solve(0.4, codes));
  const std::vector<double> again = problem.Solve(0.4, codes);
  for (int k = 0; k < 10; ++k) EXPECT_NEAR(again[k], codes[k], 1e-12);
}

TEST(LassoSolverTest, AtomsOfAnyLengthAreAllowedAndZeroAtomsAreNeverUsed) {
  std::mt19937_64 random(6);
  Problem problem = RandomProblem(random, 5, 20);
  for (int t = 0; t < 20; ++t) {
    problem.dictionary[t] = 0;
    problem.dictionary[20 + t] *= 7;
    problem.dictionary[40 + t] *= 0.01f;
  }
  for (double alpha : {0.0, 0.5}) {
    const std::vector<double> codes = problem.Solve(alpha, {3, 0, 0, 0, 0});
    EXPECT_EQ(codes[0], 0);
    EXPECT_LE(testing::OptimalityGap(problem.patch, problem.dictionary.data(), 5, codes, alpha),
              problem.Tolerance());
  }
}

TEST(LassoSolverTest, AnAlphaAboveEveryCorrelationGivesZeros) {
  std::mt19937_64 random(7);
  const Problem problem = RandomProblem(random, 5, 20);
  EXPECT_THAT(problem.Solve(1e3), Each(0.0));
}

TEST(LassoSolverTest, AnEmptyPatchGivesZeros) {
  std::mt19937_64 random(8);
  Problem problem = RandomProblem(random, 5, 20);
  problem.patch.assign(20, 0.0);
  EXPECT_THAT(problem.Solve(0), Each(0.0));
  EXPECT_THAT(problem.Solve(1), Each(0.0));
}

}  // namespace
}  // namespace mlfsc
