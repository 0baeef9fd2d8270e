#include "core/scoring/packed_rows.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "tests/testing/vector_targets.h"

namespace mlfsc {
namespace {

constexpr double kEpsilon = std::numeric_limits<float>::epsilon();

std::vector<float> Normal(size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

// Of a row with a patch, in float64, and how far float32 may be from it: a sum of `columns` products (Higham).
struct Reference {
  double product = 0;
  double tolerance = 0;
};
Reference Naive(const std::vector<float>& rows, int columns, int row, const std::vector<float>& z, int pitch,
                int patch) {
  Reference reference;
  double magnitude = 0;
  for (int column = 0; column < columns; ++column) {
    const double term = double{rows[static_cast<size_t>(row) * columns + column]} *
                        z[static_cast<size_t>(column) * pitch + patch];
    reference.product += term;
    magnitude += std::abs(term);
  }
  reference.tolerance = (columns + 1) * kEpsilon * magnitude;
  return reference;
}

class PackedRowsTest : public testing::VectorTargetTest {};
INSTANTIATE_VECTOR_TARGETS(PackedRowsTest);

TEST_P(PackedRowsTest, ProductsAreThoseOfTheNaiveLoop) {
  for (const int rows : {1, 3, 4, 5, 17}) {
    for (const int columns : {1, 2, 31, 200}) {
      for (const int pitch : {kPatchBlock, 3 * kPatchBlock}) {
        const std::vector<float> matrix = Normal(static_cast<size_t>(rows) * columns, 1);
        const std::vector<float> z = Normal(static_cast<size_t>(columns) * pitch, 2);
        const PackedRows packed(matrix, rows, columns);
        EXPECT_EQ(packed.rows(), rows);
        EXPECT_EQ(packed.columns(), columns);
        std::vector<float> products(static_cast<size_t>(rows + PackedRows::kRowBlock) * kPatchBlock);
        packed.Multiply(z.data(), pitch, products.data());
        for (int row = 0; row < rows; ++row) {
          for (int patch = 0; patch < kPatchBlock; ++patch) {
            const Reference expected = Naive(matrix, columns, row, z, pitch, patch);
            ASSERT_NEAR(products[static_cast<size_t>(row) * kPatchBlock + patch], expected.product,
                        expected.tolerance)
                << rows << " x " << columns << ", row " << row << ", patch " << patch;
          }
        }
      }
    }
  }
}

TEST_P(PackedRowsTest, TheLeastDistanceIsThatOfTheNaiveLoop) {
  for (const int rows : {1, 3, 4, 5, 50}) {
    const int columns = 23;
    const std::vector<float> matrix = Normal(static_cast<size_t>(rows) * columns, 3);
    const std::vector<float> z = Normal(static_cast<size_t>(columns) * kPatchBlock, 4);
    const std::vector<float> norms = Normal(rows, 5);
    std::vector<float> least(kPatchBlock, std::numeric_limits<float>::max());
    // What is already lower stays.
    least[3] = -1e9F;
    PackedRows(matrix, rows, columns).LeastDistance(norms.data(), z.data(), kPatchBlock, least.data());
    for (int patch = 0; patch < kPatchBlock; ++patch) {
      double expected = patch == 3 ? -1e9 : std::numeric_limits<double>::max();
      double tolerance = 0;
      for (int row = 0; row < rows; ++row) {
        const Reference reference = Naive(matrix, columns, row, z, kPatchBlock, patch);
        expected = std::min(expected, norms[row] - 2 * reference.product);
        tolerance = std::max(tolerance, 2 * reference.tolerance + kEpsilon * std::abs(norms[row]));
      }
      ASSERT_NEAR(least[patch], expected, tolerance) << rows << " rows, patch " << patch;
    }
  }
}

}  // namespace
}  // namespace mlfsc
