#include "core/scoring/packed_rows.h"

#include <algorithm>
#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/scoring/packed_rows.cc"
#include <hwy/foreach_target.h>
// After foreach_target.h, once for each target.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace mlfsc {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
// At most half of kPatchBlock lanes.
using Lanes = hn::CappedTag<float, kPatchBlock / 2>;
using Vec = hn::Vec<Lanes>;
constexpr int kRows = PackedRows::kRowBlock;

// The products of kRows rows with two vectors of patches, from `z` on.
HWY_INLINE void MultiplyBlock(const float* HWY_RESTRICT weight, int columns, const float* HWY_RESTRICT z,
                              int pitch, Vec (&low)[kRows], Vec (&high)[kRows]) {
  const Lanes d;
  const size_t lanes = hn::Lanes(d);
  for (int r = 0; r < kRows; ++r) low[r] = high[r] = hn::Zero(d);
  for (int c = 0; c < columns; ++c, z += pitch, weight += kRows) {
    const Vec first = hn::LoadU(d, z);
    const Vec second = hn::LoadU(d, z + lanes);
    for (int r = 0; r < kRows; ++r) {
      const Vec w = hn::Set(d, weight[r]);
      low[r] = hn::MulAdd(w, first, low[r]);
      high[r] = hn::MulAdd(w, second, high[r]);
    }
  }
}

}  // namespace

// `products`: [kRows, kPatchBlock].
void MultiplyRows(const float* weights, int columns, const float* z, int pitch, float* products) {
  const Lanes d;
  const size_t lanes = hn::Lanes(d);
  for (size_t p = 0; p < kPatchBlock; p += 2 * lanes) {
    Vec low[kRows];
    Vec high[kRows];
    MultiplyBlock(weights, columns, z + p, pitch, low, high);
    for (int r = 0; r < kRows; ++r) {
      hn::StoreU(low[r], d, products + r * kPatchBlock + p);
      hn::StoreU(high[r], d, products + r * kPatchBlock + p + lanes);
    }
  }
}

// `rows`: of the block, 1 to kRows.
void LowerToLeast(const float* weights, int columns, int rows, const float* norms, const float* z, int pitch,
                  float* least) {
  const Lanes d;
  const size_t lanes = hn::Lanes(d);
  const Vec minus_two = hn::Set(d, -2.0F);
  for (size_t p = 0; p < kPatchBlock; p += 2 * lanes) {
    Vec low[kRows];
    Vec high[kRows];
    MultiplyBlock(weights, columns, z + p, pitch, low, high);
    Vec first = hn::LoadU(d, least + p);
    Vec second = hn::LoadU(d, least + p + lanes);
    for (int r = 0; r < rows; ++r) {
      const Vec norm = hn::Set(d, norms[r]);
      first = hn::Min(first, hn::MulAdd(minus_two, low[r], norm));
      second = hn::Min(second, hn::MulAdd(minus_two, high[r], norm));
    }
    hn::StoreU(first, d, least + p);
    hn::StoreU(second, d, least + p + lanes);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace mlfsc
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mlfsc {

HWY_EXPORT(MultiplyRows);
HWY_EXPORT(LowerToLeast);

PackedRows::PackedRows(const std::vector<float>& values, int rows, int columns)
    : rows_(rows), columns_(columns) {
  const int blocks = (rows + kRowBlock - 1) / kRowBlock;
  weights_.resize(static_cast<size_t>(blocks) * columns * kRowBlock);
  for (int row = 0; row < rows; ++row) {
    float* to = &weights_[static_cast<size_t>(row / kRowBlock) * columns * kRowBlock + row % kRowBlock];
    const float* from = values.data() + static_cast<size_t>(row) * columns;
    for (int column = 0; column < columns; ++column) to[static_cast<size_t>(column) * kRowBlock] = from[column];
  }
}

void PackedRows::Multiply(const float* z, int pitch, float* products) const {
  const float* weights = weights_.data();
  for (int row = 0; row < rows_; row += kRowBlock) {
    HWY_DYNAMIC_DISPATCH(MultiplyRows)(weights, columns_, z, pitch, products);
    weights += static_cast<size_t>(columns_) * kRowBlock;
    products += size_t{kRowBlock} * kPatchBlock;
  }
}

void PackedRows::LeastDistance(const float* norms, const float* z, int pitch, float* least) const {
  const float* weights = weights_.data();
  for (int row = 0; row < rows_; row += kRowBlock) {
    HWY_DYNAMIC_DISPATCH(LowerToLeast)
    (weights, columns_, std::min(kRowBlock, rows_ - row), norms + row, z, pitch, least);
    weights += static_cast<size_t>(columns_) * kRowBlock;
  }
}

}  // namespace mlfsc
#endif  // HWY_ONCE
