#include "models/winograd/kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/winograd/transform_input.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace mlfsc::winograd {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::ScalableTag<float>;
using Vec = hn::Vec<Floats>;

// B^T d of one row or column of a window. The products of all points but one are, with x^2 - p^2 the pair of
// +-p: for 0, both pairs; for
// +-near, x (x +- near) times the pair of far, and the other way round; for infinity, x times both pairs.
HWY_INLINE void TransformSix(const Vec (&in)[kWindow], Vec (&out)[kWindow]) {
  const Floats d;
  const Vec near_squared = hn::Set(d, kNear * kNear);
  const Vec far_squared = hn::Set(d, kFar * kFar);
  const Vec sum = hn::Set(d, kNear * kNear + kFar * kFar);
  const Vec product = hn::Set(d, kNear * kNear * kFar * kFar);
  const Vec near = hn::Set(d, kNear);
  const Vec far = hn::Set(d, kFar);
  out[0] = hn::MulAdd(product, in[0], hn::NegMulAdd(sum, in[2], in[4]));
  out[5] = hn::MulAdd(product, in[1], hn::NegMulAdd(sum, in[3], in[5]));
  const Vec even_near = hn::NegMulAdd(far_squared, in[2], in[4]);
  const Vec odd_near = hn::NegMulAdd(far_squared, in[1], in[3]);
  out[1] = hn::MulAdd(near, odd_near, even_near);
  out[2] = hn::NegMulAdd(near, odd_near, even_near);
  const Vec even_far = hn::NegMulAdd(near_squared, in[2], in[4]);
  const Vec odd_far = hn::NegMulAdd(near_squared, in[1], in[3]);
  out[3] = hn::MulAdd(far, odd_far, even_far);
  out[4] = hn::NegMulAdd(far, odd_far, even_far);
}

HWY_INLINE void TransformWindow(const float* HWY_RESTRICT window, size_t row, float* HWY_RESTRICT elements,
                                size_t matrix) {
  const Floats d;
  const size_t lanes = hn::Lanes(d);
  Vec by_row[kWindow][kWindow];
  for (int i = 0; i < kWindow; ++i) {
    Vec in[kWindow];
    for (int j = 0; j < kWindow; ++j) in[j] = hn::Load(d, window + i * row + j * lanes);
    TransformSix(in, by_row[i]);
  }
  for (int j = 0; j < kWindow; ++j) {
    Vec in[kWindow];
    Vec out[kWindow];
    for (int i = 0; i < kWindow; ++i) in[i] = by_row[i][j];
    TransformSix(in, out);
    for (int i = 0; i < kWindow; ++i) hn::Store(out[i], d, elements + (i * kWindow + j) * matrix);
  }
}

void TransformWindows(const Chunked<const float>& input, const TileBlock& block, const ChunkRange& chunks,
                      const ElementMatrices& elements) {
  const size_t lanes = hn::Lanes(Floats());
  for (int chunk = chunks.begin; chunk < chunks.end; ++chunk) {
    const float* windows = input.first + chunk * input.chunk;
    float* to = elements.values + static_cast<size_t>(chunk) * elements.tiles * lanes;
    for (int i = 0; i < block.rows; ++i, windows += kTile * input.row) {
      for (int j = 0; j < block.cols; ++j, to += lanes) {
        TransformWindow(windows + static_cast<size_t>(j) * kTile * lanes, input.row, to, elements.matrix);
      }
    }
  }
}

size_t LanesOf() { return hn::Lanes(Floats()); }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace mlfsc::winograd
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mlfsc::winograd {

HWY_EXPORT(LanesOf);
HWY_EXPORT(TransformWindows);

size_t Lanes() { return HWY_DYNAMIC_DISPATCH(LanesOf)(); }

void TransformInput(const Chunked<const float>& input, const TileBlock& block, const ChunkRange& chunks,
                    const ElementMatrices& elements) {
  HWY_DYNAMIC_DISPATCH(TransformWindows)(input, block, chunks, elements);
}

}  // namespace mlfsc::winograd
#endif  // HWY_ONCE
