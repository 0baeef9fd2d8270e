// Where the patches of a map lie.
#ifndef MLFSC_CORE_CODING_PATCH_GRID_H_
#define MLFSC_CORE_CODING_PATCH_GRID_H_

#include <algorithm>
#include <cstddef>

namespace mlfsc {

struct PatchOptions {
  // Cells a side.
  int size = 8;
  // Cells between neighbouring patches, 1 to size.
  int stride = 2;
};

// Patches of size x size every `stride` cells of a height x width map, row by row; what does not fill a patch
// at the right and bottom edge is left out. Patch (i, j) covers cells [i * stride, i * stride + size) by [j *
// stride, j * stride + size).
struct PatchGrid {
  int rows = 0;
  int columns = 0;

  int count() const { return rows * columns; }
  bool operator==(const PatchGrid& o) const { return rows == o.rows && columns == o.columns; }
};

inline PatchGrid MakePatchGrid(const PatchOptions& patches, int height, int width) {
  if (height < patches.size || width < patches.size) return {};
  return {(height - patches.size) / patches.stride + 1, (width - patches.size) / patches.stride + 1};
}

// Patch `index` of the grid, numbered row by row, of a plane `width` cells wide. `patch`: written, [size,
// size].
inline void CopyPatch(const float* plane, int width, const PatchOptions& patches, const PatchGrid& grid,
                      int index, float* patch) {
  const float* corner = plane + static_cast<size_t>(index / grid.columns) * patches.stride * width +
                        static_cast<size_t>(index % grid.columns) * patches.stride;
  for (int u = 0; u < patches.size; ++u, corner += width, patch += patches.size) {
    std::copy_n(corner, patches.size, patch);
  }
}

}  // namespace mlfsc

#endif  // MLFSC_CORE_CODING_PATCH_GRID_H_
