#include "core/coding/atom_passes.h"

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "tests/core/coding/naive_coding.h"
#include "tests/testing/vector_targets.h"

namespace mlfsc {
namespace {

std::vector<double> RandomDoubles(std::mt19937_64& random, size_t count) {
  const std::vector<float> values = testing::RandomValues(random, count);
  return {values.begin(), values.end()};
}

class AtomPassesTest : public testing::VectorTargetTest {
 protected:
  std::mt19937_64 random_{1};
};
INSTANTIATE_VECTOR_TARGETS(AtomPassesTest);

TEST_P(AtomPassesTest, SubtractWeightedRowsIsTheNaiveSum) {
  for (int atoms : {1, 2, 5, 8, 31, 32, 33, 200}) {
    for (int used = 0; used <= atoms; used += 1 + used) {
      const std::vector<double> start = RandomDoubles(random_, atoms);
      const std::vector<double> matrix = RandomDoubles(random_, static_cast<size_t>(atoms) * atoms);
      const std::vector<double> weights = RandomDoubles(random_, atoms);
      std::vector<int> rows;
      for (int i = 0; i < used; ++i) rows.push_back((7 * i + 3) % atoms);
      std::vector<double> result(atoms);
      SubtractWeightedRows(start, matrix, rows, weights, absl::MakeSpan(result));
      for (int j = 0; j < atoms; ++j) {
        double sum = start[j], sizes = std::abs(start[j]);
        for (int row : rows) {
          sum -= weights[row] * matrix[row * atoms + j];
          sizes += std::abs(weights[row] * matrix[row * atoms + j]);
        }
        ASSERT_NEAR(result[j], sum, used * 0x1p-52 * sizes);
      }
    }
  }
}

TEST_P(AtomPassesTest, LargestMagnitudeIsTheFirstOfTheLargest) {
  for (int count : {1, 2, 5, 16, 33, 200}) {
    std::vector<double> values(count);
    EXPECT_EQ(LargestMagnitude(values), 0);
    for (int at = 0; at < count; ++at) {
      values.assign(count, 0.5);
      values[at] = -2;
      values[count - 1] = at == count - 1 ? -2 : 2;
      ASSERT_EQ(LargestMagnitude(values), at);
    }
  }
}

TEST_P(AtomPassesTest, LargestMagnitudeIsAPositionEvenWhereNothingIsANumber) {
  for (int count : {1, 5, 33}) {
    const std::vector<double> values(count, std::numeric_limits<double>::quiet_NaN());
    EXPECT_EQ(LargestMagnitude(values), 0);
  }
}

}  // namespace
}  // namespace mlfsc
