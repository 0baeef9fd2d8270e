// Squared Mahalanobis distances of many patches at once.
#ifndef MLFSC_CORE_SCORING_MAHALANOBIS_H_
#define MLFSC_CORE_SCORING_MAHALANOBIS_H_

#include <cstddef>
#include <vector>

#include <Eigen/Core>

#include "absl/status/statusor.h"

namespace mlfsc {

// Standardised values of patches: [channels, pitch] row-major, a patch a column. The pitch is a multiple of
// kPatchBlock; columns past the last patch are 0.
inline constexpr int kPatchBlock = 32;

// d(z) = z^T S^-1 z for a correlation matrix S = L L^T, as ||L^-1 z||^2: the sum over the rows of L^-1, in
// order, so that the distance under a leading block of S is the sum of its first rows. L^-1 is taken in
// float64 and kept in float32, packed for the kernel: a patch a vector lane (Highway), each lane's sums in
// the same order whatever the vector's length. Immutable and thread-safe.
class MahalanobisDistance {
 public:
  // `boundary`: a number of channels, 0 to all, whose block's distances LeadingInto gives. InvalidArgument
  // when `correlation` is not positive definite.
  static absl::StatusOr<MahalanobisDistance> Make(const Eigen::Ref<const Eigen::MatrixXf>& correlation,
                                                  int boundary = 0);

  int channels() const { return channels_; }

  // The distances of kPatchBlock patches under the block of the first `boundary` channels, and under the
  // whole matrix. `z`: their columns, of at least channels() rows that lie `pitch` apart; the results have
  // kPatchBlock places each. `leading` may be null.
  void Compute(const float* z, int pitch, float* leading, float* whole) const;

 private:
  // kRows rows of L^-1 (fewer, and rows of 0, at the boundary and at the end), column by column.
  struct RowBlock {
    int columns = 0;
    size_t first_weight = 0;
  };

  void Pack(const Eigen::MatrixXd& inverse, int begin, int end);
  // `sums`: [kPatchBlock].
  void Add(size_t first_block, size_t end_block, const float* z, int pitch, float* sums) const;

  int channels_ = 0;
  size_t leading_blocks_ = 0;
  std::vector<RowBlock> blocks_;
  std::vector<float> weights_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_SCORING_MAHALANOBIS_H_
