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
using ::testing::ElementsAre;

struct Problem {
  std::vector<float> dictionary;
  std::vector<double> patch;
  int num_atoms;

  std::vector<double> Correlations() const {
    return Correlate([&](int k) { return &dictionary[k * patch.size()]; });
  }
  std::vector<double> Solve(double alpha, std::vector<double> start = {}, int* steps = nullptr) const {
    const std::vector<double> gram = GramMatrix(dictionary.data(), num_atoms, static_cast<int>(patch.size()));
    LassoSolver solver(gram, num_atoms, alpha);
    start.resize(num_atoms);
    EXPECT_TRUE(solver.Solve(Correlations(), absl::MakeSpan(start)));
    if (steps != nullptr) *steps = solver.steps();
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
  for (double alpha : {0.1, 0.4, 1.5}) {
    const Problem problem = RandomProblem(random, 10, 30);
    const std::vector<double> codes = problem.Solve(alpha);
    int steps = -1;
    const std::vector<double> again = problem.Solve(alpha, codes, &steps);
    for (int k = 0; k < 10; ++k) EXPECT_NEAR(again[k], codes[k], 1e-12);
    EXPECT_EQ(steps, 0);
  }
}

TEST(LassoSolverTest, AStartMovedAlongADependencyComesBackWithoutAStep) {
  std::mt19937_64 random(9);
  int starts = 0;
  for (int round = 0; round < 40; ++round) {
    const Problem problem = RandomProblem(random, 10, 4);
    const std::vector<double> codes = problem.Solve(0.05);
    std::vector<int> support;
    for (int k = 0; k < 10; ++k) {
      if (codes[k] != 0) support.push_back(k);
    }
    for (int extra = 0; extra < 10; ++extra) {
      if (codes[extra] != 0 || support.size() != 4) continue;
      // The four atoms span all, atom `extra` too: as much of it as leaves their codes' signs alone.
      Problem mixture{{}, {}, 4};
      for (int k : support) {
        mixture.dictionary.insert(mixture.dictionary.end(), &problem.dictionary[k * 4],
                                  &problem.dictionary[k * 4] + 4);
      }
      mixture.patch.assign(&problem.dictionary[extra * 4], &problem.dictionary[extra * 4] + 4);
      const std::vector<double> shares = mixture.Solve(0);
      double most = 1e9;
      for (int i = 0; i < 4; ++i) most = std::min(most, std::abs(codes[support[i]] / shares[i]));
      for (double amount : {most / 2, -most / 2}) {
        std::vector<double> start = codes;
        start[extra] = amount;
        for (int i = 0; i < 4; ++i) start[support[i]] -= amount * shares[i];
        int steps = -1;
        const std::vector<double> again = problem.Solve(0.05, start, &steps);
        for (int k = 0; k < 10; ++k) ASSERT_NEAR(again[k], codes[k], 1e-6 * std::max(1.0, most));
        ASSERT_EQ(steps, 0);
        ++starts;
      }
    }
  }
  EXPECT_GT(starts, 200);
}

TEST(LassoSolverTest, OrthogonalAtomsEnterOnceEachWhereTheyAreUsed) {
  Problem problem{std::vector<float>(36), {3, -2, 0.5, 0, -0.25, -1.5}, 6};
  for (int k = 0; k < 6; ++k) problem.dictionary[k * 7] = 1;
  int steps = -1;
  EXPECT_THAT(problem.Solve(0.5, {}, &steps), ElementsAre(2.5, -1.5, 0, 0, 0, -1));
  EXPECT_EQ(steps, 3);
}

TEST(LassoSolverTest, TheToleranceIsRelativeToTheLargestCorrelation) {
  // What exceeds the weight by ten tolerances is used, what exceeds it by half of one is let be.
  const std::vector<double> gram = {1, 0, 0, 1};
  for (double size : {1e-3, 1.0, 1e3}) {
    LassoSolver solver(gram, 2, 0.5 * size);
    std::vector<double> codes(2);
    EXPECT_TRUE(solver.Solve({size, -(0.5 + 1e-8) * size}, absl::MakeSpan(codes)));
    EXPECT_NEAR(codes[1], -1e-8 * size, 1e-15 * size);
    codes = {0, 0};
    EXPECT_TRUE(solver.Solve({size, -(0.5 + 5e-10) * size}, absl::MakeSpan(codes)));
    EXPECT_EQ(codes[1], 0);
  }
}

TEST(LassoSolverTest, AtomsThatAreNearlyTheSameAreToldApart) {
  // A billionth of the second's squared length is its own.
  const double own = std::sqrt(1e-9);
  const double shared = std::sqrt(1 - 1e-9);
  for (double length : {1e-3, 1.0, 1e3}) {
    const std::vector<double> gram = {length * length, length * length * shared,  //
                                      length * length * shared, length * length};
    // x = (1, 10).
    const std::vector<double> correlations = {length, length * (shared + 10 * own)};
    LassoSolver solver(gram, 2, 0);
    std::vector<double> codes(2);
    EXPECT_TRUE(solver.Solve(correlations, absl::MakeSpan(codes)));
    // Rounding of 2^-53 in G is a billion times as much in the codes.
    EXPECT_NEAR(codes[1] * own * length, 10, 1e-5);
    EXPECT_NEAR((codes[0] + codes[1] * shared) * length, 1, 1e-5);
  }
}

TEST(LassoSolverTest, AStartOnTwinsKeepsTheAtomsBetweenThem) {
  // Atom 2 is atom 0; atom 1 has no part in the dependency.
  const std::vector<double> gram = {1, 0, 1,  //
                                    0, 1, 0,  //
                                    1, 0, 1};
  LassoSolver solver(gram, 3, 0.5);
  std::vector<double> codes = {1, -3, 2};
  EXPECT_TRUE(solver.Solve({3.5, -2.5, 3.5}, absl::MakeSpan(codes)));
  EXPECT_EQ(codes[0] + codes[2], 3);
  EXPECT_EQ(std::min(codes[0], codes[2]), 0);
  EXPECT_EQ(codes[1], -2);
  EXPECT_EQ(solver.steps(), 0);
}

TEST(LassoSolverTest, AtomsWhoseCorrelationIsTheWeightAreNotUsed) {
  // Two codes of the start reach zero at once; the third goes on.
  const std::vector<double> gram = {1, 0, 0,  //
                                    0, 1, 0,  //
                                    0, 0, 1};
  LassoSolver solver(gram, 3, 0.5);
  std::vector<double> codes = {1, -1, 1};
  EXPECT_TRUE(solver.Solve({0.5, -0.5, 2.5}, absl::MakeSpan(codes)));
  EXPECT_THAT(codes, ElementsAre(0, 0, 2));
  EXPECT_EQ(solver.steps(), 0);
}

TEST(LassoSolverTest, EndsWhereRoundingKeepsItFromTheTolerance) {
  // As above with x = (1, size): codes of 2e8 and more are rounded to 3e-8, more than the tolerance.
  const double own = std::sqrt(2e-11);
  const double shared = std::sqrt(1 - 2e-11);
  const std::vector<double> gram = {1, shared, shared, 1};
  int kept = 0;
  for (double size : {1e3, 2e3, 3e3, 5e3, 7e3, 11e3}) {
    const std::vector<double> correlations = {1, shared + size * own};
    LassoSolver solver(gram, 2, 0);
    std::vector<double> codes(2);
    kept += !solver.Solve(correlations, absl::MakeSpan(codes));
    EXPECT_EQ(solver.steps(), 2);
    EXPECT_NEAR(codes[1] * own, size, 1e-3 * size);
  }
  EXPECT_GT(kept, 0);
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
    const std::vector<double> codes = problem.Solve(alpha, {3, 1, -1, 0, 0});
    EXPECT_EQ(codes[0], 0);
    EXPECT_LE(testing::OptimalityGap(problem.patch, problem.dictionary.data(), 5, codes, alpha),
              problem.Tolerance());
    // Nor does one disturb the others' start.
    std::vector<double> start = codes;
    start[0] = 3;
    int steps = -1;
    EXPECT_EQ(problem.Solve(alpha, start, &steps)[0], 0);
    EXPECT_EQ(steps, 0);
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
