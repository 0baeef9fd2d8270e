#include "core/coding/patch_band.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "tests/core/coding/naive_coding.h"
#include "tests/testing/vector_targets.h"

namespace mlfsc {
namespace {

class PatchBandTest : public testing::VectorTargetTest {};
INSTANTIATE_VECTOR_TARGETS(PatchBandTest);

TEST_P(PatchBandTest, EveryCellIsTheMapsAndZeroBeyondIt) {
  std::mt19937_64 random(1);
  for (const PatchOptions patches :
       {PatchOptions{1, 1}, {3, 1}, {8, 2}, {5, 3}, {16, 4}, {6, 5}, {7, 7}, {4, 2}}) {
    PatchBand band(patches);
    for (int round = 0; round < 20; ++round) {
      const int height = patches.size + static_cast<int>(random() % 40);
      const int width = patches.size + static_cast<int>(random() % 80);
      std::vector<float> plane = testing::RandomValues(random, static_cast<size_t>(height) * width);
      // What lies after the map is not the band's to read.
      plane.insert(plane.end(), 2 * patches.size * width, std::numeric_limits<float>::quiet_NaN());
      const PatchGrid grid = MakePatchGrid(patches, height, width);
      const int first = static_cast<int>(random() % grid.rows);
      const int rows = 1 + static_cast<int>(random() % (grid.rows - first));
      band.Load(plane.data(), height, width, first, rows);
      ASSERT_EQ(band.rows(), rows);
      ASSERT_EQ(band.columns(), grid.columns);
      ASSERT_GE(band.pitch(), band.columns());
      const int last_position = (rows - 1) * band.pitch() + grid.columns - 1;
      ASSERT_EQ(band.positions(), last_position + 1);
      ASSERT_EQ(band.num_taps(), patches.size * patches.size);
      for (int t = 0; t < band.num_taps(); ++t) {
        const int u = t / patches.size;
        const int v = t % patches.size;
        // Where v reaches the next row of the band there is no patch.
        for (int j = 0; j + v / patches.stride < band.pitch(); ++j) {
          for (int i = 0; i < rows; ++i) {
            const int y = (first + i) * patches.stride + u;
            const int x = j * patches.stride + v;
            const float wanted = y < height && x < width ? plane[y * width + x] : 0;
            ASSERT_EQ(band.taps()[t][i * band.pitch() + j], wanted)
                << "patches of " << patches.size << " at " << patches.stride << " of " << height << "x"
                << width;
          }
        }
      }
    }
  }
}

TEST_P(PatchBandTest, WhatIsReadAheadIsFiniteWhateverLiesAfterTheMapAndWasLoadedBefore) {
  std::mt19937_64 random(2);
  constexpr int kWidth = 21;
  for (const PatchOptions patches : {PatchOptions{8, 2}, {5, 3}, {6, 5}}) {
    PatchBand band(patches);
    for (const int rows : {17, 1}) {
      // The map ends where its last patch does.
      const int height = (rows - 1) * patches.stride + patches.size;
      std::vector<float> plane((height + patches.stride) * kWidth, std::numeric_limits<float>::quiet_NaN());
      band.Load(plane.data(), height + patches.stride - 1, kWidth, 0, rows);
      const std::vector<float> map = testing::RandomValues(random, static_cast<size_t>(height) * kWidth);
      std::copy(map.begin(), map.end(), plane.begin());
      band.Load(plane.data(), height, kWidth, 0, rows);
      for (int t = 0; t < band.num_taps(); ++t) {
        for (int q = 0; q < band.positions() + PatchBand::kReadAhead; ++q) {
          ASSERT_TRUE(std::isfinite(band.taps()[t][q]));
        }
      }
    }
  }
}

}  // namespace
}  // namespace mlfsc
