// Products of a matrix with blocks of patches, a patch a vector lane (Highway).
#ifndef MLFSC_CORE_SCORING_PACKED_ROWS_H_
#define MLFSC_CORE_SCORING_PACKED_ROWS_H_

#include <vector>

#include "core/scoring/mahalanobis.h"

namespace mlfsc {

// A matrix packed for products with kPatchBlock patches at once. Each sum is in the order of columns, whatever
// the vector's length. Immutable and thread-safe.
class PackedRows {
 public:
  PackedRows() = default;
  // `values`: [rows, columns], row-major.
  PackedRows(const std::vector<float>& values, int rows, int columns);

  int rows() const { return rows_; }
  int columns() const { return columns_; }

  // `products`: written, [rows rounded up to kRowBlock, kPatchBlock]; `z`: [columns, pitch], of which the first
  // kPatchBlock of each row are taken.
  void Multiply(const float* z, int pitch, float* products) const;

  // `least`: [kPatchBlock], lowered to the least over the rows r of norms[r] - 2 (row r . patch). `norms`: of
  // the rows; `z` as above.
  void LeastDistance(const float* norms, const float* z, int pitch, float* least) const;

  // Rows of a block, as many as hide the latency of a multiplication.
  static constexpr int kRowBlock = 4;

 private:
  int rows_ = 0;
  int columns_ = 0;
  // [blocks, columns, kRowBlock].
  std::vector<float> weights_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_SCORING_PACKED_ROWS_H_
