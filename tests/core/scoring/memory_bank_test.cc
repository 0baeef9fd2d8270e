#include "core/scoring/memory_bank.h"

#include <algorithm>
#include <limits>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testing/status_matchers.h"
#include "tests/testing/vector_targets.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::StatusIs;
using ::testing::HasSubstr;

MemoryBank RandomBank(int channels, int dimensions, int vectors, float middle = 0) {
  std::mt19937 random(channels + vectors);
  std::normal_distribution<float> normal;
  MemoryBank bank{channels, dimensions, vectors, {}, {}};
  for (int i = 0; i < dimensions * channels; ++i) bank.projection.push_back(normal(random));
  for (int i = 0; i < vectors * dimensions; ++i) bank.values.push_back(middle + normal(random));
  return bank;
}

PatchVectors RandomWindows(int channels, const PatchGrid& grid, float middle = 0) {
  std::mt19937 random(grid.count());
  std::normal_distribution<float> normal;
  PatchVectors windows;
  windows.grid = grid;
  windows.layers = {"deep"};
  windows.layer_channels = {channels};
  for (int i = 0; i < channels * grid.count(); ++i) windows.values.push_back(middle + normal(random));
  return windows;
}

double NaiveDistance(const MemoryBank& bank, const PatchVectors& windows, int window) {
  std::vector<double> projected(bank.dimensions);
  for (int d = 0; d < bank.dimensions; ++d) {
    for (int c = 0; c < bank.channels; ++c) {
      projected[d] += double{bank.projection[d * bank.channels + c]} * windows.row(c)[window];
    }
  }
  double least = std::numeric_limits<double>::max();
  for (int v = 0; v < bank.vectors; ++v) {
    double distance = 0;
    for (int d = 0; d < bank.dimensions; ++d) {
      const double difference = bank.values[v * bank.dimensions + d] - projected[d];
      distance += difference * difference;
    }
    least = std::min(least, distance);
  }
  return least;
}

class NearestNeighboursTest : public testing::VectorTargetTest {};
INSTANTIATE_VECTOR_TARGETS(NearestNeighboursTest);

TEST_P(NearestNeighboursTest, DistancesAreThoseOfTheNaiveLoop) {
  for (const PatchGrid& grid : {PatchGrid{1, 1}, PatchGrid{5, 6}, PatchGrid{8, 8}, PatchGrid{7, 10}}) {
    for (const int vectors : {1, 4, 33}) {
      const MemoryBank bank = RandomBank(20, 6, vectors);
      const PatchVectors windows = RandomWindows(20, grid);
      ThreadPool pool(2);
      const auto nearest = NearestNeighbours::Make(bank);
      ASSERT_THAT(nearest, IsOk());
      const std::vector<float> found = nearest->SquaredDistances(windows, nullptr);
      ASSERT_EQ(found.size(), static_cast<size_t>(grid.count()));
      EXPECT_EQ(nearest->SquaredDistances(windows, &pool), found);
      for (int window = 0; window < grid.count(); ++window) {
        // Norms of about 6 * 20 and as much again are added and subtracted: some dozens of roundings of 240.
        ASSERT_NEAR(found[window], NaiveDistance(bank, windows, window), 1e-3) << window;
      }
    }
  }
}

TEST_P(NearestNeighboursTest, LargeNumbersDoNotCancel) {
  // All far from the origin: without a centre of their own the squares, 2e9, would leave an error of a hundred.
  MemoryBank bank = RandomBank(1, 1, 3);
  bank.projection = {1};
  bank.values = {50000, 50001, 50002};
  PatchVectors windows = RandomWindows(1, {1, 2});
  windows.values = {50000.5F, 50004};
  const std::vector<float> found = NearestNeighbours::Make(bank)->SquaredDistances(windows, nullptr);
  EXPECT_NEAR(found[0], 0.25, 1e-4);
  EXPECT_NEAR(found[1], 4, 1e-4);
}

TEST(MemoryBankTest, AWindowThatWasSeenHasNoDistance) {
  const PatchVectors windows = RandomWindows(4, {1, 3});
  MemoryBank bank{4, 4, 1, {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1}, {}};
  for (int channel = 0; channel < 4; ++channel) bank.values.push_back(windows.row(channel)[1]);
  const std::vector<float> found = NearestNeighbours::Make(bank)->SquaredDistances(windows, nullptr);
  EXPECT_EQ(found[1], 0);
  EXPECT_GT(found[0], 0);
}

TEST(MemoryBankTest, ABankThatCannotBeUsedIsRefused) {
  EXPECT_THAT(NearestNeighbours::Make(MemoryBank{4, 2, 0, std::vector<float>(8), {}}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("memory of 0 vectors")));
  MemoryBank bank = RandomBank(4, 2, 3);
  bank.values.pop_back();
  EXPECT_THAT(NearestNeighbours::Make(bank),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("has 5 values")));
  bank = RandomBank(4, 2, 3);
  bank.projection.push_back(1);
  EXPECT_THAT(NearestNeighbours::Make(bank),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("9 of its projection")));
  bank = RandomBank(4, 2, 3);
  bank.values[0] = std::numeric_limits<float>::infinity();
  EXPECT_THAT(NearestNeighbours::Make(bank),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("not finite")));
}

}  // namespace
}  // namespace mlfsc
