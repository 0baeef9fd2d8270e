// The lane solvers without what takes over where they give up (SmallPatchCoder): there they must not need it.
#include "core/coding/lane_solvers.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/coding/gram.h"
#include "tests/core/coding/naive_coding.h"
#include "tests/testing/vector_targets.h"

namespace mlfsc {
namespace {

using ::testing::ElementsAre;

constexpr int kCells = 64;
constexpr int kPatches = 200;
constexpr int kPitch = 256;

// Random patches, and what a lane solver takes and gives.
class LaneSolversTest : public testing::VectorTargetTest {
 protected:
  // `noise`: of the patches' cells; the rest of a patch is a mixture of the atoms.
  void MakeProblem(int atoms, float noise = 2) { MakeProblem(RandomAtoms(atoms), noise); }

  void MakeProblem(std::vector<float> dictionary, float noise = 2) {
    dictionary_ = std::move(dictionary);
    const int atoms = static_cast<int>(dictionary_.size()) / kCells;
    gram_.emplace(GramMatrix(dictionary_.data(), atoms, kCells), atoms);
    correlations_.assign(gram_->rows * kPitch, 0);
    // What is only written may hold anything.
    codes_.assign(gram_->rows * kPitch, std::numeric_limits<float>::quiet_NaN());
    energies_.assign(kPitch, 0);
    residuals_.assign(kPitch, -2);
    patches_of_.clear();
    for (int i = 0; i < kPatches; ++i) {
      std::vector<float> patch = testing::RandomValues(random_, kCells, noise);
      const std::vector<float> mixture = testing::RandomValues(random_, atoms, 4);
      for (int k = 0; k < atoms; ++k) {
        for (int t = 0; t < kCells; ++t) patch[t] += mixture[k] * dictionary_[k * kCells + t];
      }
      SetPatch(i, {patch.begin(), patch.end()});
    }
    patches_.count = kPatches;
    patches_.pitch = kPitch;
    patches_.correlations = correlations_.data();
    patches_.energies = energies_.data();
    patches_.codes = codes_.data();
    patches_.residuals = residuals_.data();
  }

  void SetPatch(int i, std::vector<double> patch) {
    energies_[i] = static_cast<float>(testing::SquaredNorm(patch));
    for (int k = 0; k < gram_->num_atoms; ++k) {
      double sum = 0;
      for (int t = 0; t < kCells; ++t) sum += patch[t] * dictionary_[k * kCells + t];
      correlations_[k * kPitch + i] = static_cast<float>(sum);
    }
    patches_of_.resize(std::max<size_t>(patches_of_.size(), i + 1));
    patches_of_[i] = std::move(patch);
  }

  std::vector<float> RandomAtoms(int atoms) { return testing::RandomDictionary(random_, atoms, kCells); }

  // Atoms that share a direction; `own`: how much each has besides. 0.3: any two have a product of about 0.9.
  std::vector<float> LikeAtoms(int atoms, float own) {
    const std::vector<float> common = RandomAtoms(1);
    std::vector<float> dictionary = RandomAtoms(atoms);
    for (int k = 0; k < atoms; ++k) {
      float* atom = &dictionary[k * kCells];
      for (int t = 0; t < kCells; ++t) atom[t] = common[t] + own * atom[t];
      const double length = std::sqrt(testing::SquaredNorm({atom, atom + kCells}));
      for (int t = 0; t < kCells; ++t) atom[t] = static_cast<float>(atom[t] / length);
    }
    return dictionary;
  }

  // How many patches the Lasso solves in so many rounds.
  int SolvedIn(int rounds, double alpha) const {
    const bool all = SolveLassoLanes(*gram_, static_cast<float>(alpha), patches_, rounds);
    int solved = 0;
    for (int i = 0; i < kPatches; ++i) {
      EXPECT_TRUE(residuals_[i] >= 0 || residuals_[i] == -1);
      solved += residuals_[i] >= 0;
    }
    EXPECT_EQ(all, solved == kPatches);
    return solved;
  }

  // `naive`: the codes of a patch.
  template <typename Naive>
  void ExpectCodes(int atoms, const Naive& naive) const {
    for (int i = 0; i < kPatches; ++i) {
      const std::vector<double> codes = naive(patches_of_[i]);
      // float32 sums and solves of well-conditioned problems: some hundred roundings of ||x||.
      const double tolerance = 512 * 0x1p-24 * std::sqrt(energies_[i]);
      for (int k = 0; k < atoms; ++k)
        ASSERT_NEAR(codes_[k * kPitch + i], codes[k], tolerance) << "patch " << i;
      const double residual =
          testing::SquaredNorm(testing::NaiveRemainder(patches_of_[i], dictionary_.data(), atoms, codes));
      ASSERT_NEAR(residuals_[i], residual, 256 * 0x1p-24 * energies_[i]) << "patch " << i;
    }
  }

  std::mt19937_64 random_{1};
  std::vector<float> dictionary_;
  std::optional<LaneGram> gram_;
  std::vector<std::vector<double>> patches_of_;
  std::vector<float> correlations_, codes_, energies_, residuals_;
  LanePatches patches_;
};
INSTANTIATE_VECTOR_TARGETS(LaneSolversTest);

TEST(LaneGramTest, IsFilledUpWithAtomsOfZerosToASizeOfTheSolvers) {
  const std::vector<double> gram = {4, 1, 0,  //
                                    1, 2, 0,  //
                                    0, 0, 0};
  const LaneGram lanes(gram, 3);
  EXPECT_EQ(lanes.num_atoms, 3);
  EXPECT_EQ(lanes.rows, 5);
  EXPECT_THAT(lanes.values, ElementsAre(4, 1, 0, 0, 0,  //
                                        1, 2, 0, 0, 0,  //
                                        0, 0, 0, 0, 0,  //
                                        0, 0, 0, 0, 0,  //
                                        0, 0, 0, 0, 0));
  EXPECT_THAT(lanes.inverse_diagonal, ElementsAre(0.25F, 0.5F, 0, 0, 0));
  for (int atoms = 1; atoms <= kMaxLaneAtoms; ++atoms) {
    const std::vector<double> zeros(static_cast<size_t>(atoms) * atoms);
    EXPECT_EQ(LaneGram(zeros, atoms).rows, atoms <= 5    ? 5
                                           : atoms <= 8  ? 8
                                           : atoms <= 10 ? 10
                                           : atoms <= 12 ? 12
                                                         : 16);
  }
}

TEST_P(LaneSolversTest, LassoSolvesEveryPatchOfADictionaryOfDifferentAtoms) {
  for (const int atoms : {1, 3, 5, 7, 8, 10, 12, 16}) {
    for (const double alpha : {0.05, 1.0, 4.0}) {
      MakeProblem(atoms);
      EXPECT_TRUE(SolveLassoLanes(*gram_, static_cast<float>(alpha), patches_))
          << atoms << " atoms, " << alpha;
      ExpectCodes(atoms, [&](const std::vector<double>& patch) {
        return testing::NaiveLasso(patch, dictionary_.data(), atoms, alpha);
      });
    }
  }
}

TEST_P(LaneSolversTest, LassoOfDifferentAtomsTakesOneRoundMostlyAndTwoAtMost) {
  for (const int atoms : {5, 10, 16}) {
    for (const double alpha : {0.0, 0.3, 1.0}) {
      MakeProblem(atoms);
      EXPECT_GE(SolvedIn(1, alpha), 3 * kPatches / 4) << atoms << " atoms, " << alpha;
      EXPECT_EQ(SolvedIn(2, alpha), kPatches) << atoms << " atoms, " << alpha;
    }
  }
}

TEST_P(LaneSolversTest, LassoOfTwoLikeAtomsTakesTwoRounds) {
  // Coordinate descent is far from the end when the exact step is taken, which sets one code to zero at most;
  // the other is all that is left to find.
  MakeProblem(LikeAtoms(2, 0.3F));
  EXPECT_LT(SolvedIn(1, 0), kPatches);
  EXPECT_EQ(SolvedIn(2, 0), kPatches);
  ExpectCodes(2, [&](const std::vector<double>& patch) {
    return testing::NaiveLasso(patch, dictionary_.data(), 2, 0);
  });
}

TEST_P(LaneSolversTest, LassoOfLikeAtomsIsSolvedRoundByRound) {
  struct Speed {
    int atoms;
    float own;
    int rounds;
    // As measured on every target, less some patches that rounding may put on the other side.
    int solved;
  };
  for (const Speed& speed : {Speed{5, 0.3F, 1, 108},
                             {5, 0.3F, 2, 166},
                             {5, 0.3F, 3, 197},
                             {10, 0.3F, 1, 45},
                             {10, 0.3F, 2, 107},
                             {10, 0.3F, 4, 180},
                             {10, 0.3F, 6, 197},
                             // Nearly dependent: more than float32's exact step can tell.
                             {10, 0.03F, 1, 73},
                             {10, 0.03F, 4, 124},
                             {10, 0.03F, 20, 162}}) {
    random_.seed(1);
    MakeProblem(LikeAtoms(speed.atoms, speed.own));
    EXPECT_GE(SolvedIn(speed.rounds, 1), speed.solved)
        << speed.atoms << " atoms, " << speed.rounds << " rounds";
  }
}

TEST_P(LaneSolversTest, WhatLassoGivesAPatchDoesNotDependOnTheOthers) {
  // Without noise and weight residuals are exact zeros, or rounding.
  for (const float noise : {0.0F, 2.0F}) {
    MakeProblem(LikeAtoms(5, 0.3F), noise);
    SolvedIn(kMostLaneRounds, 0);
    const std::vector<float> codes = codes_;
    const std::vector<float> residuals = residuals_;
    const std::vector<float> correlations = correlations_;
    const std::vector<float> energies = energies_;
    patches_.count = 1;
    for (int i = 0; i < kPatches; ++i) {
      correlations_.assign(correlations_.size(), 0);
      energies_.assign(kPitch, 0);
      for (int k = 0; k < 5; ++k) correlations_[k * kPitch] = correlations[k * kPitch + i];
      energies_[0] = energies[i];
      SolveLassoLanes(*gram_, 0, patches_);
      ASSERT_EQ(residuals_[0], residuals[i]) << "patch " << i;
      for (int k = 0; k < 5; ++k) ASSERT_EQ(codes_[k * kPitch], codes[k * kPitch + i]) << "patch " << i;
    }
  }
}

TEST_P(LaneSolversTest, LassoTakesAtomsOfAnyLengthAndNoEmptyOne) {
  std::vector<float> dictionary = RandomAtoms(5);
  for (int t = 0; t < kCells; ++t) {
    dictionary[t] *= 3;
    dictionary[kCells + t] *= 0.5F;
    dictionary[2 * kCells + t] = 0;
  }
  MakeProblem(dictionary);
  EXPECT_EQ(SolvedIn(2, 0.5), kPatches);
  ExpectCodes(5, [&](const std::vector<double>& patch) {
    return testing::NaiveLasso(patch, dictionary_.data(), 5, 0.5);
  });
}

TEST_P(LaneSolversTest, LassoOfEmptyPatchesIsSolvedAtOnce) {
  MakeProblem(5);
  for (int i = 0; i < kPatches; ++i) SetPatch(i, std::vector<double>(kCells));
  for (const double alpha : {0.0, 1.0}) {
    EXPECT_EQ(SolvedIn(1, alpha), kPatches);
    for (int i = 0; i < kPatches; ++i) {
      EXPECT_EQ(residuals_[i], 0);
      for (int k = 0; k < 5; ++k) EXPECT_EQ(codes_[k * kPitch + i], 0);
    }
  }
}

TEST_P(LaneSolversTest, OmpSolvesEveryPatchOfADictionaryOfDifferentAtoms) {
  for (const int atoms : {1, 3, 5, 7, 8, 10, 12, 16}) {
    for (const int nonzeros : {1, 2, 4}) {
      MakeProblem(atoms);
      EXPECT_TRUE(SolveOmpLanes(*gram_, std::min(nonzeros, atoms), patches_)) << atoms << " atoms";
      ExpectCodes(atoms, [&](const std::vector<double>& patch) {
        return testing::NaiveOmp(patch, dictionary_.data(), atoms, nonzeros);
      });
    }
  }
}

TEST_P(LaneSolversTest, OmpGivesUpNoPatchOfLikeAtoms) {
  for (const float own : {0.3F, 0.1F}) {
    MakeProblem(LikeAtoms(5, own));
    EXPECT_TRUE(SolveOmpLanes(*gram_, 3, patches_)) << own;
  }
}

TEST_P(LaneSolversTest, OmpEndsWhenThePatchIsExplained) {
  for (const float size : {3.0F, -3.0F}) {
    MakeProblem(LikeAtoms(5, 0.5F));
    // Patch 0 is a multiple of atom 1, so that all correlations have its sign: what is left of it is
    // rounding.
    std::vector<double> patch(kCells);
    for (int t = 0; t < kCells; ++t) patch[t] = size * dictionary_[kCells + t];
    SetPatch(0, patch);
    SolveOmpLanes(*gram_, 4, patches_);
    for (int k = 0; k < 5; ++k) {
      if (k == 1) {
        EXPECT_NEAR(codes_[k * kPitch], size, 1e-6);
      } else {
        EXPECT_EQ(codes_[k * kPitch], 0);
      }
    }
  }
}

TEST_P(LaneSolversTest, OmpGivesUpPatchesOfADependentSupport) {
  // Atom 4, the last of all, is atom 1, or differs from it by less than float32 can make codes of.
  for (const float difference : {0.0F, 0.01F}) {
    std::vector<float> dictionary = RandomAtoms(5);
    std::copy_n(&dictionary[kCells], kCells, &dictionary[4 * kCells]);
    dictionary[4 * kCells] += difference;
    MakeProblem(dictionary);
    // Patches are five times atom 1. No atom explains the difference between the twins' correlations in patch
    // 3, so that both are chosen.
    for (int i = 0; i < kPatches; ++i) {
      for (int k = 0; k < 5; ++k) correlations_[k * kPitch + i] = 5 * gram_->values[5 + k];
    }
    correlations_[4 * kPitch + 3] = 6;
    EXPECT_FALSE(SolveOmpLanes(*gram_, 2, patches_));
    for (int i = 0; i < kPatches; ++i) EXPECT_EQ(residuals_[i] == -1, i == 3) << "patch " << i;
  }
}

TEST_P(LaneSolversTest, LassoOfTwinsIsSolvedInAFewRounds) {
  // Rounding leaves a little to the second of two twins here and there: no exact step can tell them apart.
  for (const int atoms : {2, 5, 10}) {
    std::vector<float> dictionary = RandomAtoms(atoms);
    for (int k = 0; k + 1 < atoms; k += 2) {
      std::copy_n(&dictionary[k * kCells], kCells, &dictionary[(k + 1) * kCells]);
    }
    MakeProblem(dictionary);
    for (const double alpha : {0.01, 0.1, 0.3}) {
      EXPECT_EQ(SolvedIn(4, alpha), kPatches) << atoms << " atoms, " << alpha;
    }
  }
}

}  // namespace
}  // namespace mlfsc
