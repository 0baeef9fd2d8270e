#include "core/coding/patch_grid.h"

#include <numeric>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlfsc {
namespace {

using ::testing::ElementsAre;

TEST(PatchGridTest, HoldsEveryPatchThatFitsTheMap) {
  for (const PatchOptions patches : {PatchOptions{8, 2}, {3, 1}, {5, 3}, {4, 4}, {1, 1}}) {
    for (int height = 0; height < 14; ++height) {
      for (int width = 0; width < 14; ++width) {
        int rows = 0;
        int columns = 0;
        for (int top = 0; top + patches.size <= height; top += patches.stride) ++rows;
        for (int left = 0; left + patches.size <= width; left += patches.stride) ++columns;
        // Without a row there is no column either.
        if (rows == 0 || columns == 0) rows = columns = 0;
        const PatchGrid grid = MakePatchGrid(patches, height, width);
        EXPECT_EQ(grid.rows, rows) << patches.size << " " << patches.stride << " " << height << "x" << width;
        EXPECT_EQ(grid.columns, columns)
            << patches.size << " " << patches.stride << " " << height << "x" << width;
        EXPECT_EQ(grid.count(), rows * columns);
      }
    }
  }
}

TEST(PatchGridTest, PatchesAreOf8CellsAtAStrideOf2UnlessAskedOtherwise) {
  // `pyramid` at 256 pixels: 28 x 28 cells.
  EXPECT_EQ(MakePatchGrid({}, 28, 28), (PatchGrid{11, 11}));
  EXPECT_EQ(MakePatchGrid({}, 8, 9), (PatchGrid{1, 1}));
}

TEST(PatchGridTest, AnotherGridDiffersInRowsOrColumns) {
  EXPECT_FALSE((PatchGrid{2, 3} == PatchGrid{2, 4}));
  EXPECT_FALSE((PatchGrid{2, 3} == PatchGrid{1, 3}));
}

TEST(PatchGridTest, PatchesAreNumberedRowByRow) {
  // 5 x 9 cells, numbered through.
  std::vector<float> plane(5 * 9);
  std::iota(plane.begin(), plane.end(), 0.0F);
  const PatchOptions patches{2, 2};
  const PatchGrid grid = MakePatchGrid(patches, 5, 9);
  ASSERT_EQ(grid, (PatchGrid{2, 4}));
  std::vector<float> patch(4);
  CopyPatch(plane.data(), 9, patches, grid, 0, patch.data());
  EXPECT_THAT(patch, ElementsAre(0, 1, 9, 10));
  CopyPatch(plane.data(), 9, patches, grid, 6, patch.data());
  EXPECT_THAT(patch, ElementsAre(22, 23, 31, 32));
}

}  // namespace
}  // namespace mlfsc
