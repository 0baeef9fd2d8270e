// A band of a map, laid out so that patches at a stride are contiguous.
#ifndef MLFSC_CORE_CODING_PATCH_BAND_H_
#define MLFSC_CORE_CODING_PATCH_BAND_H_

#include <vector>

#include "core/coding/patch_grid.h"

namespace mlfsc {

// Some rows of the patch grid of one plane. The plane is split into stride x stride phases, of which phase
// (a, b) holds the cells (stride i + a, stride j + b) as its (i, j). Then cell (u, v) of neighbouring patches
// lies side by side in phase (u mod stride, v mod stride): the patches need not be gathered, and what is done
// for one of them is done for a vector of them.
//
// A patch has a position: grid row (from the band's first) * pitch() + grid column. Positions between
// columns() and pitch() of a row are no patches; what is computed there is not looked at. Cells beyond the
// map are 0.
//
// Holds memory that Load uses again: one object a thread.
class PatchBand {
 public:
  // Values that may be read beyond a tap's positions().
  static constexpr int kReadAhead = 64;

  explicit PatchBand(const PatchOptions& patches);
  PatchBand(const PatchBand&) = delete;
  PatchBand& operator=(const PatchBand&) = delete;

  // Takes rows [first_row, first_row + rows) of the patch grid of `plane` [height, width].
  void Load(const float* plane, int height, int width, int first_row, int rows);

  int rows() const { return rows_; }
  int columns() const { return columns_; }
  int pitch() const { return pitch_; }
  // One more than the last patch's position.
  int positions() const { return (rows_ - 1) * pitch_ + columns_; }

  // [patch cells]: the patch at position q has value taps()[u * size + v][q] in cell (u, v).
  const float* const* taps() const { return taps_.data(); }
  int num_taps() const { return static_cast<int>(taps_.size()); }

 private:
  // Makes room for a band of this shape.
  void Shape(int height, int width, int rows);
  int PhaseRows() const { return rows_ + (patches_.size - 1) / patches_.stride; }

  const PatchOptions patches_;
  int rows_ = 0;
  int columns_ = 0;
  int pitch_ = 0;
  // [stride, stride, rows of a phase, pitch].
  std::vector<float> values_;
  std::vector<const float*> taps_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_CODING_PATCH_BAND_H_
