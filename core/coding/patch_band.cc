#include "core/coding/patch_band.h"

#include <algorithm>
#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/coding/patch_band.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace mlfsc {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// phase b [j] = row[stride * j + b]. Row b of the result lies `distance` after row b - 1; each has ceil(width
// / stride) values, the missing last ones 0.
HWY_INLINE void SplitRow(const float* row, int width, int stride, float* split, size_t distance) {
  // Rows are short: the last vector overlaps the one before it rather than leave values over.
  const hn::CappedTag<float, 8> d;
  using Vec = hn::Vec<decltype(d)>;
  const int lanes = static_cast<int>(hn::Lanes(d));
  const int pitch = (width + stride - 1) / stride;
  const int whole = width / stride;
  int j = 0;
  if (stride == 2 && whole >= lanes) {
    for (; j < whole; j += lanes) {
      const int first = std::min(j, whole - lanes);
      Vec v0, v1;
      hn::LoadInterleaved2(d, row + 2 * first, v0, v1);
      hn::StoreU(v0, d, split + first);
      hn::StoreU(v1, d, split + distance + first);
    }
  } else if (stride == 4 && whole >= lanes) {
    for (; j < whole; j += lanes) {
      const int first = std::min(j, whole - lanes);
      Vec v0, v1, v2, v3;
      hn::LoadInterleaved4(d, row + 4 * first, v0, v1, v2, v3);
      hn::StoreU(v0, d, split + first);
      hn::StoreU(v1, d, split + distance + first);
      hn::StoreU(v2, d, split + 2 * distance + first);
      hn::StoreU(v3, d, split + 3 * distance + first);
    }
  }
  for (j = std::min(j, whole); j < pitch; ++j) {
    for (int b = 0; b < stride; ++b) {
      split[b * distance + j] = stride * j + b < width ? row[stride * j + b] : 0;
    }
  }
}

// `phase_rows` rows of each phase, from row first_row * stride of `plane` on. Rows below the map are 0.
void SplitPlane(const float* plane, int height, int width, int stride, int first_row, int phase_rows,
                float* split) {
  const int pitch = (width + stride - 1) / stride;
  const size_t phase_size = static_cast<size_t>(phase_rows) * pitch;
  for (int a = 0; a < stride; ++a, split += stride * phase_size) {
    for (int i = 0; i < phase_rows; ++i) {
      float* const to = split + static_cast<size_t>(i) * pitch;
      const int y = (first_row + i) * stride + a;
      if (y < height) {
        SplitRow(plane + static_cast<size_t>(y) * width, width, stride, to, phase_size);
      } else {
        for (int b = 0; b < stride; ++b) std::fill_n(to + b * phase_size, pitch, 0.0F);
      }
    }
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace mlfsc
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mlfsc {

HWY_EXPORT(SplitPlane);

PatchBand::PatchBand(const PatchOptions& patches)
    : patches_(patches), taps_(static_cast<size_t>(patches.size) * patches.size) {}

void PatchBand::Load(const float* plane, int height, int width, int first_row, int rows) {
  Shape(height, width, rows);
  HWY_DYNAMIC_DISPATCH(SplitPlane)
  (plane, height, width, patches_.stride, first_row, PhaseRows(), values_.data());
}

void PatchBand::Shape(int height, int width, int rows) {
  const int columns = MakePatchGrid(patches_, height, width).columns;
  const int stride = patches_.stride;
  const int pitch = (width + stride - 1) / stride;
  if (rows == rows_ && columns == columns_ && pitch == pitch_) return;
  rows_ = rows;
  columns_ = columns;
  pitch_ = pitch;
  const size_t phase_size = static_cast<size_t>(PhaseRows()) * pitch_;
  values_.resize(phase_size * stride * stride + kReadAhead);
  for (int u = 0; u < patches_.size; ++u) {
    for (int v = 0; v < patches_.size; ++v) {
      const size_t phase = static_cast<size_t>(u % stride) * stride + v % stride;
      taps_[static_cast<size_t>(u) * patches_.size + v] =
          values_.data() + phase * phase_size + static_cast<size_t>(u / stride) * pitch_ + v / stride;
    }
  }
}

}  // namespace mlfsc
#endif  // HWY_ONCE
