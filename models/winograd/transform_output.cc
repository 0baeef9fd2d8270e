#include "models/winograd/kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/winograd/transform_output.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace mlfsc::winograd {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::ScalableTag<float>;
using Vec = hn::Vec<Floats>;

// A^T m of one row or column: powers 0 to 3 of the points.
HWY_INLINE void TransformSix(const Vec (&in)[kWindow], Vec (&out)[kTile]) {
  const Floats d;
  const Vec near_sum = hn::Add(in[1], in[2]);
  const Vec near_difference = hn::Sub(in[1], in[2]);
  const Vec far_sum = hn::Add(in[3], in[4]);
  const Vec far_difference = hn::Sub(in[3], in[4]);
  out[0] = hn::Add(in[0], hn::Add(near_sum, far_sum));
  out[1] = hn::MulAdd(hn::Set(d, kNear), near_difference, hn::Mul(hn::Set(d, kFar), far_difference));
  out[2] = hn::MulAdd(hn::Set(d, kNear * kNear), near_sum, hn::Mul(hn::Set(d, kFar * kFar), far_sum));
  out[3] = hn::MulAdd(hn::Set(d, kNear * kNear * kNear), near_difference,
                      hn::MulAdd(hn::Set(d, kFar * kFar * kFar), far_difference, in[5]));
}

// kCells: averages a side of the tile; 0 for none.
template <bool kTap, bool kNext, bool kPooled, int kCells>
HWY_INLINE void TransformTile(const float* HWY_RESTRICT elements, size_t matrix, Vec bias,
                              float* HWY_RESTRICT tap, size_t tap_row, float* HWY_RESTRICT next,
                              size_t next_row, float* HWY_RESTRICT average, size_t average_row) {
  const Floats d;
  const size_t lanes = hn::Lanes(d);
  Vec by_column[kTile][kWindow];
  for (int j = 0; j < kWindow; ++j) {
    Vec in[kWindow];
    Vec out[kTile];
    for (int i = 0; i < kWindow; ++i) in[i] = hn::Load(d, elements + (i * kWindow + j) * matrix);
    TransformSix(in, out);
    for (int i = 0; i < kTile; ++i) by_column[i][j] = out[i];
  }
  Vec above[kTile / 2] = {hn::Zero(d), hn::Zero(d)};
  // Outputs a side of what is averaged.
  constexpr int kSquare = kCells > 0 ? kTile / kCells : kTile;
  Vec sums[kTile / kSquare];
  for (Vec& sum : sums) sum = hn::Zero(d);
  for (int i = 0; i < kTile; ++i) {
    Vec out[kTile];
    TransformSix(by_column[i], out);
    for (int j = 0; j < kTile; ++j) {
      out[j] = hn::Add(out[j], bias);
      if (kTap) hn::Store(out[j], d, tap + i * tap_row + j * lanes);
      if (kNext || kCells > 0) out[j] = hn::Max(out[j], hn::Zero(d));
      if (kNext && !kPooled) hn::Store(out[j], d, next + i * next_row + j * lanes);
      if (kCells > 0) {
        sums[j / kSquare] = hn::Add(sums[j / kSquare], out[j]);
      }
    }
    if (kCells > 0 && i % kSquare == kSquare - 1) {
      const Vec share = hn::Set(d, 1.0F / (kSquare * kSquare));
      for (int cell = 0; cell < kCells; ++cell) {
        hn::Store(hn::Mul(sums[cell], share), d, average + i / kSquare * average_row + cell * lanes);
        sums[cell] = hn::Zero(d);
      }
    }
    if (!kNext || !kPooled) continue;
    for (int j = 0; j < kTile / 2; ++j) {
      const Vec pair = hn::Max(out[2 * j], out[2 * j + 1]);
      if (i % 2 == 0) {
        above[j] = pair;
      } else {
        hn::Store(hn::Max(above[j], pair), d, next + i / 2 * next_row + j * lanes);
      }
    }
  }
}

template <bool kTap, bool kNext, bool kPooled, int kCells>
void TransformEach(const ElementMatrices& elements, const TileBlock& block, const ChunkRange& chunks,
                   const TileOutput& output) {
  const Floats d;
  const size_t lanes = hn::Lanes(d);
  constexpr size_t kNextTile = kPooled ? kTile / 2 : kTile;
  for (int chunk = chunks.begin; chunk < chunks.end; ++chunk) {
    const Vec bias = hn::Load(d, output.bias + chunk * lanes);
    const float* from = elements.values + static_cast<size_t>(chunk) * elements.tiles * lanes;
    float* tap = kTap ? output.tap.first + chunk * output.tap.chunk : nullptr;
    float* next = kNext ? output.next.first + chunk * output.next.chunk : nullptr;
    float* average = kCells > 0 ? output.average.first + chunk * output.average.chunk : nullptr;
    for (int i = 0; i < block.rows; ++i) {
      for (int j = 0; j < block.cols; ++j, from += lanes) {
        TransformTile<kTap, kNext, kPooled, kCells>(
            from, elements.matrix, bias, kTap ? tap + static_cast<size_t>(j) * kTile * lanes : nullptr,
            output.tap.row, kNext ? next + j * kNextTile * lanes : nullptr, output.next.row,
            kCells > 0 ? average + static_cast<size_t>(j) * kCells * lanes : nullptr, output.average.row);
      }
      if (kTap) tap += kTile * output.tap.row;
      if (kNext) next += kNextTile * output.next.row;
      if (kCells > 0) average += kCells * output.average.row;
    }
  }
}

void TransformTiles(const ElementMatrices& elements, const TileBlock& block, const ChunkRange& chunks,
                    const TileOutput& output) {
  const bool tap = output.tap.first != nullptr;
  const int cells = output.average.first != nullptr ? output.cells : 0;
  const auto run = [&](auto* transform) { transform(elements, block, chunks, output); };
  if (output.next.first == nullptr) {
    return run(cells > 0 ? &TransformEach<true, false, false, 4> : &TransformEach<true, false, false, 0>);
  }
  if (!output.pooled) {
    return run(tap ? &TransformEach<true, true, false, 0> : &TransformEach<false, true, false, 0>);
  }
  switch (cells) {
    case 1:
      return run(tap ? &TransformEach<true, true, true, 1> : &TransformEach<false, true, true, 1>);
    case 2:
      return run(tap ? &TransformEach<true, true, true, 2> : &TransformEach<false, true, true, 2>);
    default:
      return run(tap ? &TransformEach<true, true, true, 0> : &TransformEach<false, true, true, 0>);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace mlfsc::winograd
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mlfsc::winograd {

HWY_EXPORT(TransformTiles);

void TransformOutput(const ElementMatrices& elements, const TileBlock& block, const ChunkRange& chunks,
                     const TileOutput& output) {
  HWY_DYNAMIC_DISPATCH(TransformTiles)(elements, block, chunks, output);
}

}  // namespace mlfsc::winograd
#endif  // HWY_ONCE
