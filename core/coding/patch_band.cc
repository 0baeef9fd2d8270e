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

// phase b [j] = row[stride * j + b], for the first `phases` of the strides. Row b of the result lies
// `distance` after row b - 1; each has ceil(width / stride) values, the missing last ones 0.
void SplitRow(const float* row, int width, int stride, int phases, float* split, size_t distance) {
  // Rows are short: the last vector overlaps the one before it rather than leave values over.
  const hn::CappedTag<float, 8> d;
  using Vec = hn::Vec<decltype(d)>;
  const int lanes = static_cast<int>(hn::Lanes(d));
  const int pitch = (width + stride - 1) / stride;
  const int whole = width / stride;
  int j = 0;
  if (stride == 2 && phases == 2 && whole >= lanes) {
    for (; j < whole; j += lanes) {
      const int first = std::min(j, whole - lanes);
      Vec v0, v1;
      hn::LoadInterleaved2(d, row + 2 * first, v0, v1);
      hn::StoreU(v0, d, split + first);
      hn::StoreU(v1, d, split + distance + first);
    }
  } else if (stride == 4 && phases == 4 && whole >= lanes) {
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
    for (int b = 0; b < phases; ++b) {
      split[b * distance + j] = stride * j + b < width ? row[stride * j + b] : 0;
    }
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace mlfsc
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mlfsc {

HWY_EXPORT(SplitRow);

PatchBand::PatchBand(const PatchOptions& patches)
    : patches_(patches),
      phases_(std::min(patches.stride, patches.size)),
      taps_(static_cast<size_t>(patches.size) * patches.size) {}

void PatchBand::Load(const float* plane, int height, int width, int first_row, int rows) {
  const int stride = patches_.stride;
  rows_ = rows;
  columns_ = MakePatchGrid(patches_, height, width).columns;
  pitch_ = (width + stride - 1) / stride;

  const int phase_rows = rows + (patches_.size - 1) / stride;
  const size_t phase_size = static_cast<size_t>(phase_rows) * pitch_;
  values_.resize(phase_size * phases_ * phases_ + kReadAhead);
  for (int a = 0; a < phases_; ++a) {
    float* split = values_.data() + a * phases_ * phase_size;
    for (int i = 0; i < phase_rows; ++i, split += pitch_) {
      const int y = (first_row + i) * stride + a;
      // Rows below the map belong to no patch, but are read.
      const int filled = y < height ? width : 0;
      const float* row = y < height ? plane + static_cast<size_t>(y) * width : plane;
      if (filled == 0) {
        for (int b = 0; b < phases_; ++b) std::fill_n(split + b * phase_size, pitch_, 0.0F);
      } else {
        HWY_DYNAMIC_DISPATCH(SplitRow)(row, width, stride, phases_, split, phase_size);
      }
    }
  }
  for (int u = 0; u < patches_.size; ++u) {
    for (int v = 0; v < patches_.size; ++v) {
      const size_t phase = static_cast<size_t>(u % stride) * phases_ + v % stride;
      taps_[static_cast<size_t>(u) * patches_.size + v] =
          values_.data() + phase * phase_size + static_cast<size_t>(u / stride) * pitch_ + v / stride;
    }
  }
}

}  // namespace mlfsc
#endif  // HWY_ONCE
