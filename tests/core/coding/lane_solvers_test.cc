// The lane solvers without what takes over where they give up (SmallPatchCoder): there they must not need it.
#include "core/coding/lane_solvers.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "core/coding/gram.h"
#include "tests/core/coding/naive_coding.h"
#include "tests/testing/vector_targets.h"

namespace mlfsc {
namespace {

constexpr int kCells = 64;
constexpr int kPatches = 200;
constexpr int kPitch = 256;

// Random patches, and what a lane solver takes and gives.
class LaneSolversTest : public testing::VectorTargetTest {
 protected:
  void MakeProblem(int atoms) {
    dictionary_ = testing::RandomDictionary(random_, atoms, kCells);
    const std::vector<double> gram = GramMatrix(dictionary_.data(), atoms, kCells);
    gram_.emplace(gram, atoms);
    correlations_.assign(gram_->rows * kPitch, 0);
    codes_.assign(gram_->rows * kPitch, 0);
    energies_.assign(kPitch, 0);
    residuals_.assign(kPitch, -2);
    patches_of_.clear();
    for (int i = 0; i < kPatches; ++i) {
      const std::vector<float> values = testing::RandomValues(random_, kCells, 2);
      patches_of_.emplace_back(values.begin(), values.end());
      // Part of it is what the atoms can explain.
      const std::vector<float> mixture = testing::RandomValues(random_, atoms, 4);
      for (int k = 0; k < atoms; ++k) {
        for (int t = 0; t < kCells; ++t) patches_of_[i][t] += mixture[k] * dictionary_[k * kCells + t];
      }
      energies_[i] = static_cast<float>(testing::SquaredNorm(patches_of_[i]));
      for (int k = 0; k < atoms; ++k) {
        double sum = 0;
        for (int t = 0; t < kCells; ++t) sum += patches_of_[i][t] * dictionary_[k * kCells + t];
        correlations_[k * kPitch + i] = static_cast<float>(sum);
      }
    }
    patches_.count = kPatches;
    patches_.pitch = kPitch;
    patches_.correlations = correlations_.data();
    patches_.energies = energies_.data();
    patches_.codes = codes_.data();
    patches_.residuals = residuals_.data();
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

TEST_P(LaneSolversTest, OmpEndsWhenThePatchIsExplained) {
  for (const float size : {3.0F, -3.0F}) {
    MakeProblem(5);
    // Patch 0 is a multiple of atom 1: what is left of it is rounding.
    for (int k = 0; k < 5; ++k) {
      double sum = 0;
      for (int t = 0; t < kCells; ++t) sum += size * dictionary_[kCells + t] * dictionary_[k * kCells + t];
      correlations_[k * kPitch] = static_cast<float>(sum);
    }
    energies_[0] = size * size;
    EXPECT_TRUE(SolveOmpLanes(*gram_, 4, patches_));
    for (int k = 0; k < 5; ++k) {
      if (k == 1) {
        EXPECT_NEAR(codes_[k * kPitch], size, 1e-6);
      } else {
        EXPECT_EQ(codes_[k * kPitch], 0);
      }
    }
  }
}

TEST_P(LaneSolversTest, PatchesOfADependentSupportAreGivenUp) {
  MakeProblem(4);
  std::copy_n(dictionary_.begin(), kCells, dictionary_.begin() + kCells);
  gram_.emplace(GramMatrix(dictionary_.data(), 4, kCells), 4);
  // The last correlation of the twin is its own: no atom explains the difference, and both are chosen.
  for (int i = 0; i < kPatches; ++i) {
    correlations_[i] = 5;
    correlations_[kPitch + i] = i == 3 ? 6.0F : 5.0F;
    correlations_[2 * kPitch + i] = correlations_[3 * kPitch + i] = 0;
  }
  EXPECT_FALSE(SolveOmpLanes(*gram_, 4, patches_));
  EXPECT_EQ(residuals_[3], -1);
  EXPECT_GE(residuals_[4], 0);
}

}  // namespace
}  // namespace mlfsc
