// Both coders, small and large dictionaries, on every instruction set, against the obvious loops.
#include "core/coding/patch_coder.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/coding/correlation.h"
#include "tests/core/coding/naive_coding.h"
#include "tests/testing/vector_targets.h"

namespace mlfsc {
namespace {

using ::testing::Each;

// float32's unit roundoff.
constexpr double kEpsilon = 0x1p-24;

CodingOptions Lasso(double alpha) { return {Coder::kLasso, alpha, 1}; }
CodingOptions Omp(int nonzeros) { return {Coder::kOmp, 1, nonzeros}; }

// A map and a dictionary, and what coding the one against the other gives.
struct Coded {
  PatchOptions patches;
  int height = 0;
  int width = 0;
  std::vector<float> plane;
  int atoms = 0;
  std::vector<float> dictionary;

  PatchGrid grid() const { return MakePatchGrid(patches, height, width); }
  int cells() const { return patches.size * patches.size; }
  std::vector<double> Patch(int index) const {
    return testing::NaivePatch(plane.data(), width, patches, grid(), index);
  }

  std::vector<float> residuals;
  // By patch: [patches, atoms].
  std::vector<std::vector<double>> codes;

  void Code(const CodingOptions& coding) {
    const auto coder = MakePatchCoder(dictionary.data(), atoms, cells(), coding);
    PatchBand band(patches);
    CodingScratch scratch;
    band.Load(plane.data(), height, width, 0, grid().rows);
    const size_t pitch = PositionsPitch(band.positions());
    residuals.assign(grid().count(), -1);
    std::vector<float> by_position(atoms * pitch, std::numeric_limits<float>::quiet_NaN());
    coder->Code(band, &scratch, residuals.data(), by_position.data());
    codes.clear();
    size_t nonzeros = 0;
    for (int i = 0; i < grid().count(); ++i) {
      const int position = i / band.columns() * band.pitch() + i % band.columns();
      codes.emplace_back();
      for (int k = 0; k < atoms; ++k) {
        codes.back().push_back(by_position[k * pitch + position]);
        nonzeros += codes.back().back() != 0;
      }
    }
    // Elsewhere codes are zeros.
    EXPECT_EQ(static_cast<size_t>(std::count(by_position.begin(), by_position.end(), 0.0F)),
              by_position.size() - nonzeros);
  }

  // The optimality conditions, and the residual of the very codes, of every patch.
  void ExpectLasso(double alpha) const {
    for (int i = 0; i < grid().count(); ++i) {
      const std::vector<double> patch = Patch(i);
      const double length = std::sqrt(testing::SquaredNorm(patch));
      // The solvers' own tolerance is 2^-18 (max|b| + alpha) with |b| <= ||x||; float32 sums of `cells`
      // products are off by at most cells * 2^-24 * ||x||, of codes by atoms * 2^-24 times their size.
      double norm = 0;
      for (double code : codes[i]) norm += std::abs(code);
      const double tolerance =
          0x1p-18 * (length + alpha) + kEpsilon * (cells() * length + 2 * atoms * norm) + 1e-30;
      ASSERT_LE(testing::OptimalityGap(patch, dictionary.data(), atoms, codes[i], alpha), tolerance)
          << atoms << " atoms of " << cells() << ", alpha " << alpha << ", patch " << i;
    }
    ExpectResidualsOfCodes();
  }

  void ExpectResidualsOfCodes() const {
    for (int i = 0; i < grid().count(); ++i) {
      const double energy = testing::SquaredNorm(Patch(i));
      const double naive =
          testing::SquaredNorm(testing::NaiveRemainder(Patch(i), dictionary.data(), atoms, codes[i]));
      double norm = 0;
      for (double code : codes[i]) norm += std::abs(code);
      // ||x||^2, c.b and c.(b - G c) are float32 sums of terms of these sizes.
      const double sizes = energy + norm * std::sqrt(energy) + norm * norm;
      ASSERT_NEAR(residuals[i], naive, 4 * (cells() + atoms) * kEpsilon * sizes) << "patch " << i;
      ASSERT_GE(residuals[i], 0);
    }
  }
};

class PatchCoderTest : public testing::VectorTargetTest {
 protected:
  Coded Random(const PatchOptions& patches, int height, int width, int atoms) {
    Coded coded{patches, height, width, {}, atoms, {}, {}, {}};
    coded.plane = testing::RandomValues(random_, static_cast<size_t>(height) * width);
    // Neighbours that are alike, as in features: b is then not tiny beside alpha.
    for (size_t i = 1; i < coded.plane.size(); ++i) coded.plane[i] += 0.7F * coded.plane[i - 1];
    coded.dictionary = testing::RandomDictionary(random_, atoms, coded.cells());
    return coded;
  }

  std::mt19937_64 random_{1};
};
INSTANTIATE_VECTOR_TARGETS(PatchCoderTest);

TEST_P(PatchCoderTest, LassoMeetsTheOptimalityConditionsForEveryShapeAndAlpha) {
  for (int atoms : {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 30}) {
    for (double alpha : {0.0, 0.05, 1.0, 2.5}) {
      const PatchOptions patches{2 + static_cast<int>(random_() % 8), 1 + static_cast<int>(random_() % 3)};
      const int height = patches.size + static_cast<int>(random_() % 20);
      const int width = patches.size + static_cast<int>(random_() % 50);
      Coded coded = Random({patches.size, std::min(patches.stride, patches.size)}, height, width, atoms);
      coded.Code(Lasso(alpha));
      coded.ExpectLasso(alpha);
    }
  }
}

TEST_P(PatchCoderTest, LassoOfLikeAtomsMeetsTheOptimalityConditions) {
  // Atoms taken from one place of a smooth map are nearly the same: what learnt atoms look like at their
  // worst.
  for (int atoms : {5, 16, 40}) {
    Coded coded = Random({8, 2}, 28, 28, atoms);
    std::vector<float> common = testing::RandomDictionary(random_, 1, 64);
    for (int k = 0; k < atoms; ++k) {
      double squared = 0;
      for (int t = 0; t < 64; ++t) {
        float& cell = coded.dictionary[k * 64 + t];
        cell = common[t] + 0.1F * cell;
        squared += cell * cell;
      }
      for (int t = 0; t < 64; ++t) coded.dictionary[k * 64 + t] /= static_cast<float>(std::sqrt(squared));
    }
    for (double alpha : {0.0, 0.1, 1.0}) {
      coded.Code(Lasso(alpha));
      coded.ExpectLasso(alpha);
    }
  }
}

TEST_P(PatchCoderTest, LassoFindsTheMinimumThatPlainCoordinateDescentFinds) {
  for (int atoms : {5, 16, 20}) {
    Coded coded = Random({8, 2}, 16, 20, atoms);
    coded.Code(Lasso(1));
    for (int i = 0; i < coded.grid().count(); ++i) {
      const std::vector<double> naive =
          testing::NaiveLasso(coded.Patch(i), coded.dictionary.data(), atoms, 1);
      // 64 float32 products of size up to ||x||, through a well-conditioned solve.
      const double tolerance = 256 * kEpsilon * std::sqrt(testing::SquaredNorm(coded.Patch(i)));
      for (int k = 0; k < atoms; ++k) ASSERT_NEAR(coded.codes[i][k], naive[k], tolerance);
    }
  }
}

TEST_P(PatchCoderTest, LassoCopesWithDuplicateOppositeAndEmptyAtoms) {
  for (int atoms : {5, 12, 24}) {
    Coded coded = Random({4, 2}, 20, 30, atoms);
    for (int t = 0; t < 16; ++t) {
      coded.dictionary[16 + t] = coded.dictionary[t];
      coded.dictionary[32 + t] = -coded.dictionary[t];
      coded.dictionary[48 + t] = 0;
    }
    for (double alpha : {0.0, 0.3, 1.0}) {
      coded.Code(Lasso(alpha));
      coded.ExpectLasso(alpha);
      for (const std::vector<double>& codes : coded.codes) ASSERT_EQ(codes[3], 0);
    }
  }
}

TEST_P(PatchCoderTest, LassoWithMoreAtomsThanCellsIsExact) {
  for (int atoms : {8, 16, 20}) {
    Coded coded = Random({2, 1}, 20, 30, atoms);
    for (double alpha : {0.0, 0.1, 1.0}) {
      coded.Code(Lasso(alpha));
      coded.ExpectLasso(alpha);
    }
    // Four dimensions, atoms that span them: alpha 0 explains all.
    coded.Code(Lasso(0));
    for (int i = 0; i < coded.grid().count(); ++i) {
      ASSERT_LE(coded.residuals[i], 1e-3 * testing::SquaredNorm(coded.Patch(i)));
    }
  }
}

TEST_P(PatchCoderTest, AHugeAlphaLeavesThePatchAsItIs) {
  for (int atoms : {5, 20}) {
    Coded coded = Random({8, 2}, 28, 28, atoms);
    coded.Code(Lasso(1e9));
    for (int i = 0; i < coded.grid().count(); ++i) {
      ASSERT_THAT(coded.codes[i], Each(0.0));
      const double energy = testing::SquaredNorm(coded.Patch(i));
      ASSERT_NEAR(coded.residuals[i], energy, 64 * kEpsilon * energy);
    }
  }
}

TEST_P(PatchCoderTest, OmpIsGramSchmidts) {
  for (int atoms : {1, 2, 3, 5, 6, 8, 9, 12, 16, 17, 40}) {
    for (int nonzeros : {1, 2, 3, 5, 16}) {
      Coded coded = Random({8, 2}, 18, 30, atoms);
      coded.Code(Omp(nonzeros));
      coded.ExpectResidualsOfCodes();
      for (int i = 0; i < coded.grid().count(); ++i) {
        const std::vector<double> naive =
            testing::NaiveOmp(coded.Patch(i), coded.dictionary.data(), atoms, nonzeros);
        // As for the Lasso; 16 of 64 dimensions leave a condition number below 100.
        const double tolerance = 1e4 * kEpsilon * std::sqrt(testing::SquaredNorm(coded.Patch(i)));
        for (int k = 0; k < atoms; ++k) {
          ASSERT_NEAR(coded.codes[i][k], naive[k], tolerance) << atoms << " atoms, " << nonzeros;
        }
      }
    }
  }
}

// Atoms that each have one cell of the patch: the answers are had by hand, and exact.
Coded OneCellAnAtom(int atoms) {
  Coded coded{{5, 5}, 5, 5 * 40, {}, atoms, std::vector<float>(atoms * 25), {}, {}};
  for (int k = 0; k < atoms; ++k) coded.dictionary[k * 25 + k] = 1;
  std::mt19937_64 random(3);
  for (int i = 0; i < 25 * 40; ++i) coded.plane.push_back(static_cast<float>(random() % 9) - 4);
  return coded;
}

TEST_P(PatchCoderTest, LassoOfOneCellAnAtomTakesAlphaOffEachCell) {
  for (int atoms : {5, 12, 20}) {
    Coded coded = OneCellAnAtom(atoms);
    coded.Code(Lasso(1));
    for (int i = 0; i < coded.grid().count(); ++i) {
      const std::vector<double> patch = coded.Patch(i);
      std::vector<double> wanted;
      for (int k = 0; k < atoms; ++k) {
        wanted.push_back(std::copysign(std::max(std::abs(patch[k]) - 1, 0.0), patch[k]));
      }
      ASSERT_EQ(coded.codes[i], wanted);
      ASSERT_EQ(coded.residuals[i],
                testing::SquaredNorm(testing::NaiveRemainder(patch, coded.dictionary.data(), atoms, wanted)));
    }
  }
}

TEST_P(PatchCoderTest, OmpOfOneCellAnAtomTakesTheLargestCellsAndOfEqualsTheFirst) {
  for (int atoms : {5, 12, 20}) {
    Coded coded = OneCellAnAtom(atoms);
    coded.Code(Omp(3));
    for (int i = 0; i < coded.grid().count(); ++i) {
      const std::vector<double> patch = coded.Patch(i);
      std::vector<double> left(patch.begin(), patch.begin() + atoms);
      std::vector<double> wanted(atoms, 0.0);
      for (int step = 0; step < 3; ++step) {
        const auto largest = std::max_element(left.begin(), left.end(),
                                              [](double a, double b) { return std::abs(a) < std::abs(b); });
        wanted[largest - left.begin()] += *largest;
        *largest = 0;
      }
      ASSERT_EQ(coded.codes[i], wanted);
      ASSERT_EQ(coded.residuals[i],
                testing::SquaredNorm(testing::NaiveRemainder(patch, coded.dictionary.data(), atoms, wanted)));
    }
  }
}

TEST_P(PatchCoderTest, OmpOfLikeAtomsLeavesNoMoreThanGramSchmidt) {
  // So alike that float32 cannot fit both: vectors give these patches up.
  for (int atoms : {2, 3, 5, 17}) {
    Coded coded = Random({4, 2}, 20, 30, atoms);
    for (int t = 0; t < 16; ++t) {
      coded.dictionary[16 + t] = coded.dictionary[t] + 0.01F * coded.dictionary[16 + t];
    }
    coded.Code(Omp(atoms));
    coded.ExpectResidualsOfCodes();
    for (int i = 0; i < coded.grid().count(); ++i) {
      const std::vector<double> patch = coded.Patch(i);
      const double naive = testing::SquaredNorm(
          testing::NaiveRemainder(patch, coded.dictionary.data(), atoms,
                                  testing::NaiveOmp(patch, coded.dictionary.data(), atoms, atoms)));
      // b is off by 16 * 2^-24 ||x|| at most, and so is the fit's distance from the best, squared over the
      // smallest eigenvalue of about 1e-4.
      const double energy = testing::SquaredNorm(patch);
      ASSERT_NEAR(coded.residuals[i], naive, 1e-4 * energy) << atoms;
    }
  }
}

TEST_P(PatchCoderTest, APatchThatVectorsGiveUpChangesNoneBesideIt) {
  // The first two atoms are nearly the same, as above, and have the upper half of a patch to themselves; the
  // other three have the lower half.
  constexpr int kCount = 60;
  Coded all = Random({4, 4}, 4, 4 * kCount, 5);
  for (int t = 0; t < 16; ++t) {
    for (int k = 0; k < 5; ++k) {
      if ((k < 2) != (t < 8)) all.dictionary[k * 16 + t] = 0;
    }
    all.dictionary[16 + t] = all.dictionary[t] + 0.01F * all.dictionary[16 + t];
  }
  for (int i = 0; i < kCount; ++i) {
    for (int t = 0; t < 16; ++t) {
      float& cell = all.plane[t / 4 * all.width + 4 * i + t % 4];
      // A third each: what only the like atoms explain, what the others explain in part, and all of it.
      if (i % 3 == 0 && t >= 8) cell = 0;
      if (i % 3 == 1 && t < 8) cell = 0;
      if (i % 3 == 2) cell = static_cast<float>(i + 1) * all.dictionary[48 + t];
    }
  }
  all.Code(Omp(2));
  for (int i = 0; i < kCount; ++i) {
    Coded alone{{4, 4}, 4, 4, {}, 5, all.dictionary, {}, {}};
    for (const double value : all.Patch(i)) alone.plane.push_back(static_cast<float>(value));
    alone.Code(Omp(2));
    ASSERT_EQ(all.codes[i], alone.codes[0]);
    ASSERT_EQ(all.residuals[i], alone.residuals[0]);
  }
}

TEST_P(PatchCoderTest, ThePatchBeforeItChangesNoCode) {
  // The first two atoms differ in the last cell only, and too little for anyone to tell which of them a patch
  // without that cell is made of.
  for (int atoms : {5, 20}) {
    Coded coded{{4, 4}, 4, 12, std::vector<float>(48, 1), atoms, std::vector<float>(atoms * 16), {}, {}};
    std::fill_n(coded.dictionary.begin(), 32, 1 / std::sqrt(15.0F));
    coded.dictionary[15] = 3e-6F;
    coded.dictionary[31] = -3e-6F;
    // The last cells of three patches; that of the middle one speaks for the second atom.
    coded.plane[39] = coded.plane[47] = 0;
    coded.plane[43] = -100;
    for (const CodingOptions& coding : {Lasso(1), Omp(1)}) {
      coded.Code(coding);
      EXPECT_NE(coded.codes[1][1], 0);
      EXPECT_EQ(coded.codes[2], coded.codes[0]);
      EXPECT_EQ(coded.residuals[2], coded.residuals[0]);
    }
  }
}

TEST_P(PatchCoderTest, OmpUsesNoAtomTwiceAndNoEmptyOne) {
  for (int atoms : {5, 12, 24}) {
    Coded coded = Random({4, 2}, 20, 30, atoms);
    for (int t = 0; t < 16; ++t) {
      coded.dictionary[16 + t] = coded.dictionary[t];
      coded.dictionary[32 + t] = -coded.dictionary[t];
      coded.dictionary[48 + t] = 0;
    }
    coded.Code(Omp(atoms));
    coded.ExpectResidualsOfCodes();
    for (const std::vector<double>& codes : coded.codes) {
      ASSERT_EQ(codes[1], 0);
      ASSERT_EQ(codes[2], 0);
      ASSERT_EQ(codes[3], 0);
    }
  }
}

TEST_P(PatchCoderTest, AMapOfZerosHasNoCodesAndNoResiduals) {
  for (int atoms : {5, 20}) {
    for (const CodingOptions& coding : {Lasso(1), Lasso(0), Omp(3)}) {
      Coded coded = Random({8, 2}, 28, 28, atoms);
      coded.plane.assign(coded.plane.size(), 0.0F);
      coded.Code(coding);
      EXPECT_THAT(coded.residuals, Each(0.0F));
      for (const std::vector<double>& codes : coded.codes) ASSERT_THAT(codes, Each(0.0));
    }
  }
}

TEST_P(PatchCoderTest, AMapOfOnePatchHasOneResidual) {
  for (int atoms : {5, 20}) {
    Coded coded = Random({8, 2}, 8, 8, atoms);
    coded.Code(Lasso(0.5));
    ASSERT_EQ(coded.residuals.size(), 1U);
    coded.ExpectLasso(0.5);
  }
}

TEST_P(PatchCoderTest, APatchsResidualDoesNotDependOnTheBandItIsIn) {
  for (int atoms : {5, 12, 20}) {
    for (const CodingOptions& coding : {Lasso(0.5), Omp(3)}) {
      Coded coded = Random({8, 2}, 40, 37, atoms);
      coded.Code(coding);
      const auto coder = MakePatchCoder(coded.dictionary.data(), atoms, 64, coding);
      PatchBand band(coded.patches);
      CodingScratch scratch;
      const PatchGrid grid = coded.grid();
      for (int row = 0; row < grid.rows; row += 3) {
        const int rows = std::min(3, grid.rows - row);
        band.Load(coded.plane.data(), coded.height, coded.width, row, rows);
        std::vector<float> residuals(static_cast<size_t>(rows) * grid.columns);
        coder->Code(band, &scratch, residuals.data(), nullptr);
        for (size_t i = 0; i < residuals.size(); ++i) {
          ASSERT_EQ(residuals[i], coded.residuals[row * grid.columns + i]);
        }
      }
    }
  }
}

TEST(BandRowsTest, AreAsManyAsHold512PatchesOrFewerOfManyAtomsAndAtLeastOne) {
  EXPECT_EQ(PatchCoder::BandRows(5, 11), 46);
  EXPECT_EQ(PatchCoder::BandRows(128, 11), 46);
  // 327 patches of 200 atoms.
  EXPECT_EQ(PatchCoder::BandRows(200, 61), 5);
  EXPECT_EQ(PatchCoder::BandRows(200, 1), 327);
  EXPECT_EQ(PatchCoder::BandRows(5, 1), 512);
  EXPECT_EQ(PatchCoder::BandRows(5, 512), 1);
  EXPECT_EQ(PatchCoder::BandRows(5, 513), 1);
  EXPECT_EQ(PatchCoder::BandRows(1 << 17, 11), 1);
  // Of a map smaller than a patch.
  EXPECT_EQ(PatchCoder::BandRows(5, 0), 512);
}

}  // namespace
}  // namespace mlfsc
