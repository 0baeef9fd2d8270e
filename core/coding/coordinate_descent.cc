#include "core/coding/coordinate_descent.h"

#include <algorithm>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/coding/coordinate_descent.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace mlfsc {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::ScalableTag<float>;
using Vec = hn::Vec<Floats>;

// Sweeps over the atoms in use between two over all atoms.
constexpr int kInnerSweeps = 4;
constexpr int kMaxSweeps = 12;

struct Problem {
  const float* HWY_RESTRICT gram;
  size_t num_atoms;
  size_t pitch;
  float alpha;
  const float* HWY_RESTRICT correlations;
  float energy;
  float* HWY_RESTRICT codes;
  float* HWY_RESTRICT slopes;
};

// Minimises over code k, the others held.
HWY_INLINE void Minimise(const Problem& p, size_t k) {
  const float* row = p.gram + k * p.pitch;
  const float own = row[k];
  if (!(own > 0)) return;
  const float whole = p.slopes[k] + own * p.codes[k];
  const float code = (whole - std::min(std::max(whole, -p.alpha), p.alpha)) / own;
  const float change = p.codes[k] - code;
  if (change == 0) return;
  p.codes[k] = code;
  const Floats d;
  const Vec factor = hn::Set(d, change);
  for (size_t j = 0; j < p.pitch; j += hn::Lanes(d)) {
    hn::StoreU(hn::MulAdd(factor, hn::LoadU(d, row + j), hn::LoadU(d, p.slopes + j)), d, p.slopes + j);
  }
}

// How far 1/2 ||x - D^T c||^2 + alpha ||c||_1 is above the minimum, at most: its distance from the dual
// objective at the remainder x - D^T c, scaled into the feasible set (Kim, Koh, Lustig, Boyd, Gorinevsky, "An
// interior-point method for large-scale l1-regularized least squares", 2007).
HWY_INLINE float DualityGap(const Problem& p) {
  const Floats d;
  Vec largest = hn::Zero(d), norm = hn::Zero(d), product = hn::Zero(d), explained = hn::Zero(d);
  for (size_t j = 0; j < p.pitch; j += hn::Lanes(d)) {
    const Vec code = hn::LoadU(d, p.codes + j);
    const Vec slope = hn::LoadU(d, p.slopes + j);
    const Vec correlation = hn::LoadU(d, p.correlations + j);
    largest = hn::Max(largest, hn::Abs(slope));
    norm = hn::Add(norm, hn::Abs(code));
    product = hn::MulAdd(code, correlation, product);
    explained = hn::MulAdd(code, hn::Add(correlation, slope), explained);
  }
  const float steepest = hn::GetLane(hn::MaxOfLanes(d, largest));
  const float scale = steepest > p.alpha ? p.alpha / steepest : 1;
  const float residual = std::max(p.energy - hn::GetLane(hn::SumOfLanes(d, explained)), 0.0F);
  // x . (x - D^T c)
  const float overlap = p.energy - hn::GetLane(hn::SumOfLanes(d, product));
  const float primal = 0.5F * residual + p.alpha * hn::GetLane(hn::SumOfLanes(d, norm));
  return primal - (scale * overlap - 0.5F * scale * scale * residual);
}

void Descend(const float* gram, size_t num_atoms, size_t pitch, float alpha, float gap,
             const float* correlations, float energy, float* codes, float* slopes) {
  const Problem p{gram, num_atoms, pitch, alpha, correlations, energy, codes, slopes};
  std::copy_n(correlations, pitch, slopes);
  std::fill_n(codes, pitch, 0.0F);
  for (int sweep = 0; sweep < kMaxSweeps; ++sweep) {
    for (size_t k = 0; k < num_atoms; ++k) {
      if (codes[k] != 0 || std::abs(slopes[k]) > alpha) Minimise(p, k);
    }
    for (int inner = 0; inner < kInnerSweeps; ++inner) {
      for (size_t k = 0; k < num_atoms; ++k) {
        if (codes[k] != 0) Minimise(p, k);
      }
    }
    if (DualityGap(p) <= gap) return;
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace mlfsc
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mlfsc {

HWY_EXPORT(Descend);

// Whole vectors of every instruction set.
constexpr size_t kVectorMultiple = 16;

CoordinateDescent::CoordinateDescent(const std::vector<double>& gram, int num_atoms, float alpha)
    : num_atoms_(num_atoms),
      pitch_((num_atoms + kVectorMultiple - 1) / kVectorMultiple * kVectorMultiple),
      alpha_(alpha),
      gram_(num_atoms * pitch_) {
  for (int k = 0; k < num_atoms; ++k) {
    for (int j = 0; j < num_atoms; ++j) {
      gram_[k * pitch_ + j] = static_cast<float>(gram[static_cast<size_t>(k) * num_atoms + j]);
    }
  }
}

void CoordinateDescent::Solve(const float* correlations, float energy, float* codes, float* slopes) const {
  HWY_DYNAMIC_DISPATCH(Descend)
  (gram_.data(), num_atoms_, pitch_, alpha_, kGap * 0.5F * energy, correlations, energy, codes, slopes);
}

}  // namespace mlfsc
#endif  // HWY_ONCE
