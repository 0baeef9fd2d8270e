#include "core/coding/correlation.h"

#include <cmath>
#include <optional>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "tests/core/coding/naive_coding.h"
#include "tests/testing/vector_targets.h"

namespace mlfsc {
namespace {

// float32's unit roundoff.
constexpr double kEpsilon = 0x1p-24;

class CorrelationTest : public testing::VectorTargetTest {
 protected:
  // A band of a random map, of `rows` x `columns` patches.
  void MakeBand(const PatchOptions& patches, int rows, int columns) {
    const int height = (rows - 1) * patches.stride + patches.size + 1;
    width_ = (columns - 1) * patches.stride + patches.size;
    plane_ = testing::RandomValues(random_, static_cast<size_t>(height) * width_);
    patches_ = patches;
    grid_ = MakePatchGrid(patches, height, width_);
    band_.emplace(patches);
    band_->Load(plane_.data(), height, width_, 0, grid_.rows);
  }
  std::vector<double> Patch(int index) const {
    return testing::NaivePatch(plane_.data(), width_, patches_, grid_, index);
  }
  size_t Position(int index) const {
    return static_cast<size_t>(index / grid_.columns) * band_->pitch() + index % grid_.columns;
  }

  std::mt19937_64 random_{1};
  PatchOptions patches_;
  int width_ = 0;
  PatchGrid grid_;
  std::vector<float> plane_;
  std::optional<PatchBand> band_;
};
INSTANTIATE_VECTOR_TARGETS(CorrelationTest);

TEST(PositionsPitchTest, IsTheNextMultipleOf64) {
  EXPECT_EQ(PositionsPitch(1), 64U);
  EXPECT_EQ(PositionsPitch(64), 64U);
  EXPECT_EQ(PositionsPitch(65), 128U);
}

TEST_P(CorrelationTest, CorrelationsAndEnergiesAreTheNaiveSums) {
  for (int num_atoms : {1, 2, 3, 4, 5, 6, 7, 11, 12, 16, 40}) {
    for (const PatchOptions patches : {PatchOptions{8, 2}, {3, 1}, {1, 1}, {16, 4}}) {
      const int cells = patches.size * patches.size;
      MakeBand(patches, 1 + static_cast<int>(random_() % 9), 1 + static_cast<int>(random_() % 40));
      const std::vector<float> dictionary = testing::RandomDictionary(random_, num_atoms, cells);
      const size_t pitch = PositionsPitch(band_->positions());
      std::vector<float> correlations(num_atoms * pitch), energies(pitch);
      AtomBank(dictionary.data(), num_atoms, cells).Correlate(*band_, correlations.data(), energies.data());
      for (int i = 0; i < grid_.count(); ++i) {
        const std::vector<double> patch = Patch(i);
        const double energy = testing::SquaredNorm(patch);
        ASSERT_NEAR(energies[Position(i)], energy, cells * kEpsilon * energy);
        for (int k = 0; k < num_atoms; ++k) {
          double sum = 0, sizes = 0;
          for (int t = 0; t < cells; ++t) {
            sum += patch[t] * dictionary[k * cells + t];
            sizes += std::abs(patch[t] * dictionary[k * cells + t]);
          }
          ASSERT_NEAR(correlations[k * pitch + Position(i)], sum, cells * kEpsilon * sizes)
              << num_atoms << " atoms of " << cells;
        }
      }
    }
  }
}

TEST_P(CorrelationTest, CodePatchesAndCodeProductsAreTheNaiveSums) {
  for (int num_atoms : {1, 2, 3, 4, 5, 6, 9, 16, 23}) {
    for (const PatchOptions patches : {PatchOptions{8, 2}, {3, 1}, {5, 5}}) {
      const int cells = patches.size * patches.size;
      MakeBand(patches, 1 + static_cast<int>(random_() % 9), 1 + static_cast<int>(random_() % 40));
      const size_t pitch = PositionsPitch(band_->positions());
      std::vector<float> codes(num_atoms * pitch);
      for (int i = 0; i < grid_.count(); ++i) {
        for (int k = 0; k < num_atoms; ++k) {
          codes[k * pitch + Position(i)] = testing::RandomValues(random_, 1)[0];
        }
      }
      // Sums are added to what is there.
      std::vector<double> code_patches(num_atoms * cells, 1.0), code_products(num_atoms * num_atoms, 2.0);
      AddCodePatches(*band_, codes.data(), num_atoms, code_patches.data());
      AddCodeProducts(codes.data(), num_atoms, band_->positions(), code_products.data());
      for (int k = 0; k < num_atoms; ++k) {
        for (int t = 0; t < cells; ++t) {
          double sum = 0, sizes = 0;
          for (int i = 0; i < grid_.count(); ++i) {
            sum += codes[k * pitch + Position(i)] * Patch(i)[t];
            sizes += std::abs(codes[k * pitch + Position(i)] * Patch(i)[t]);
          }
          ASSERT_NEAR(code_patches[k * cells + t], 1 + sum, grid_.count() * kEpsilon * sizes + 1e-15);
        }
        for (int j = 0; j < num_atoms; ++j) {
          double sum = 0, sizes = 0;
          for (size_t q = 0; q < pitch; ++q) {
            sum += static_cast<double>(codes[k * pitch + q]) * codes[j * pitch + q];
            sizes += std::abs(static_cast<double>(codes[k * pitch + q]) * codes[j * pitch + q]);
          }
          ASSERT_NEAR(code_products[k * num_atoms + j], 2 + sum, grid_.count() * kEpsilon * sizes + 1e-15);
        }
      }
    }
  }
}

}  // namespace
}  // namespace mlfsc
