#include "core/scoring/mahalanobis.h"

#include <algorithm>
#include <cstddef>

#include <Eigen/Cholesky>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/scoring/mahalanobis.cc"
#include <hwy/foreach_target.h>
// After foreach_target.h, once for each target.
#include <hwy/highway.h>

#ifndef MLFSC_MAHALANOBIS_ROWS
#define MLFSC_MAHALANOBIS_ROWS
namespace mlfsc {
// Rows of a block: with two vectors of patches each, as many sums as hide the latency of a multiplication.
constexpr int kRows = 4;
}  // namespace mlfsc
#endif

HWY_BEFORE_NAMESPACE();
namespace mlfsc {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// sums[p] += sum over kRows rows r of (sum over `columns` columns c of weights[c, r] z[c, p])^2, for
// kPatchBlock patches.
void AddSquaredRows(const float* weights, int columns, const float* z, int pitch, float* sums) {
  // At most half of kPatchBlock lanes.
  const hn::CappedTag<float, kPatchBlock / 2> d;
  using Vec = hn::Vec<decltype(d)>;
  const size_t lanes = hn::Lanes(d);
  for (size_t p = 0; p < kPatchBlock; p += 2 * lanes) {
    Vec low[kRows];
    Vec high[kRows];
    for (int r = 0; r < kRows; ++r) low[r] = high[r] = hn::Zero(d);
    const float* column = z + p;
    const float* weight = weights;
    for (int c = 0; c < columns; ++c, column += pitch, weight += kRows) {
      const Vec first = hn::LoadU(d, column);
      const Vec second = hn::LoadU(d, column + lanes);
      for (int r = 0; r < kRows; ++r) {
        const Vec w = hn::Set(d, weight[r]);
        low[r] = hn::MulAdd(w, first, low[r]);
        high[r] = hn::MulAdd(w, second, high[r]);
      }
    }
    Vec low_sum = hn::LoadU(d, sums + p);
    Vec high_sum = hn::LoadU(d, sums + p + lanes);
    for (int r = 0; r < kRows; ++r) {
      low_sum = hn::MulAdd(low[r], low[r], low_sum);
      high_sum = hn::MulAdd(high[r], high[r], high_sum);
    }
    hn::StoreU(low_sum, d, sums + p);
    hn::StoreU(high_sum, d, sums + p + lanes);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace mlfsc
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mlfsc {

HWY_EXPORT(AddSquaredRows);

absl::StatusOr<MahalanobisDistance> MahalanobisDistance::Make(
    const Eigen::Ref<const Eigen::MatrixXf>& correlation, int boundary) {
  const Eigen::LLT<Eigen::MatrixXd> cholesky(correlation.cast<double>());
  if (cholesky.info() != Eigen::Success) {
    return absl::InvalidArgumentError(
        absl::StrFormat("correlation matrix of %d channels is not positive definite", correlation.rows()));
  }
  Eigen::MatrixXd inverse = Eigen::MatrixXd::Identity(correlation.rows(), correlation.cols());
  cholesky.matrixL().solveInPlace(inverse);
  MahalanobisDistance distance;
  distance.channels_ = static_cast<int>(correlation.rows());
  distance.Pack(inverse, 0, boundary);
  distance.leading_blocks_ = distance.blocks_.size();
  distance.Pack(inverse, boundary, distance.channels_);
  return distance;
}

void MahalanobisDistance::Pack(const Eigen::MatrixXd& inverse, int begin, int end) {
  for (int row = begin; row < end; row += kRows) {
    const int rows = std::min(kRows, end - row);
    blocks_.push_back({row + rows, weights_.size()});
    for (int column = 0; column < row + rows; ++column) {
      for (int r = 0; r < kRows; ++r) {
        const bool there = r < rows && column <= row + r;
        weights_.push_back(there ? static_cast<float>(inverse(row + r, column)) : 0.0F);
      }
    }
  }
}

void MahalanobisDistance::Compute(const float* z, int pitch, float* leading, float* whole) const {
  std::fill_n(whole, kPatchBlock, 0.0F);
  Add(0, leading_blocks_, z, pitch, whole);
  if (leading != nullptr) std::copy_n(whole, kPatchBlock, leading);
  Add(leading_blocks_, blocks_.size(), z, pitch, whole);
}

void MahalanobisDistance::Add(size_t first_block, size_t end_block, const float* z, int pitch,
                              float* sums) const {
  for (size_t block = first_block; block < end_block; ++block) {
    HWY_DYNAMIC_DISPATCH(AddSquaredRows)
    (&weights_[blocks_[block].first_weight], blocks_[block].columns, z, pitch, sums);
  }
}

}  // namespace mlfsc
#endif  // HWY_ONCE
