// Least squares on a support that differs from lane to lane. Included once for each instruction set.
#if defined(MLFSC_CORE_CODING_LANE_SUPPORT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef MLFSC_CORE_CODING_LANE_SUPPORT_INL_H_
#undef MLFSC_CORE_CODING_LANE_SUPPORT_INL_H_
#else
#define MLFSC_CORE_CODING_LANE_SUPPORT_INL_H_
#endif

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace mlfsc {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::ScalableTag<float>;
using Vec = hn::Vec<Floats>;
using Mask = hn::Mask<Floats>;

// Solves G c = right over each lane's support, by G = L D L^T; rows outside it are taken for those of the
// identity, so that their solution is their right-hand side, 0. `gram`: [kRows, kRows]. `right`: in and out,
// 0 outside the support. Returns the lanes whose pivots all exceed `least_pivot` times the atom's squared
// length: elsewhere the support is dependent, or too nearly so for float32, and the solution means nothing.
template <int kRows>
HWY_INLINE Mask SolveSupport(const float* HWY_RESTRICT gram, float least_pivot, const Mask (&support)[kRows],
                             Vec (&right)[kRows]) {
  const Floats d;
  // Strict lower triangle of L; scaled by D while its row is made.
  Vec lower[kRows][kRows];
  Vec inverse_pivots[kRows];
  Mask valid = hn::Eq(right[0], right[0]);
  for (int i = 0; i < kRows; ++i) {
    const Vec own = hn::IfThenElse(support[i], hn::Set(d, gram[i * kRows + i]), hn::Set(d, 1.0F));
    Vec pivot = own;
    Vec scaled[kRows];
    for (int j = 0; j < i; ++j) {
      Vec sum = hn::IfThenElseZero(hn::And(support[i], support[j]), hn::Set(d, gram[i * kRows + j]));
      for (int t = 0; t < j; ++t) sum = hn::NegMulAdd(scaled[t], lower[j][t], sum);
      scaled[j] = sum;
      lower[i][j] = hn::Mul(sum, inverse_pivots[j]);
      pivot = hn::NegMulAdd(sum, lower[i][j], pivot);
      right[i] = hn::NegMulAdd(lower[i][j], right[j], right[i]);
    }
    valid = hn::And(valid, hn::Gt(pivot, hn::Mul(own, hn::Set(d, least_pivot))));
    inverse_pivots[i] = hn::Div(hn::Set(d, 1.0F), pivot);
  }
  for (int i = kRows - 1; i >= 0; --i) {
    right[i] = hn::Mul(right[i], inverse_pivots[i]);
    for (int j = i + 1; j < kRows; ++j) right[i] = hn::NegMulAdd(lower[j][i], right[j], right[i]);
  }
  return valid;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace mlfsc
HWY_AFTER_NAMESPACE();

#endif  // MLFSC_CORE_CODING_LANE_SUPPORT_INL_H_
