#include <cstddef>

#include "core/coding/lane_solvers.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/coding/lane_lasso.cc"
// clang-format off: this one comes first.
#include "hwy/foreach_target.h"
// clang-format on
#include "core/coding/lane_support-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace mlfsc {
namespace HWY_NAMESPACE {
namespace {

// Of coordinate descent, before each exact step.
constexpr int kSweeps = 4;

// Of an atom's squared length: supports with less of it left are dependent as far as float32 can tell, and
// left to coordinate descent.
constexpr float kLeastPivot = 0x1p-16F;

// The patches of kWidth vectors against kRows atoms.
template <int kRows, int kWidth>
struct LassoLanes {
  // Spelled out so that it is compiled for this instruction set.
  HWY_INLINE LassoLanes(const LaneGram& lane_gram, const Vec weight)
      : gram(lane_gram.values.data()), inverse_diagonal(lane_gram.inverse_diagonal.data()), alpha(weight) {}

  const float* const gram;
  const float* const inverse_diagonal;
  const Vec alpha;
  Vec b[kRows][kWidth];
  Vec c[kRows][kWidth];

  HWY_INLINE void Sweep() {
    const Floats d;
    for (int k = 0; k < kRows; ++k) {
      const Vec scale = hn::Set(d, inverse_diagonal[k]);
      for (int w = 0; w < kWidth; ++w) {
        Vec s = b[k][w];
        // The code changed last comes last: the others need not wait for it.
        for (int i = 1; i < kRows; ++i) {
          const int j = (k + i) % kRows;
          s = hn::NegMulAdd(hn::Set(d, gram[k * kRows + j]), c[j][w], s);
        }
        c[k][w] = hn::Mul(scale, hn::Sub(s, hn::Clamp(s, hn::Neg(alpha), alpha)));
      }
    }
  }

  // Goes to the minimum for the present support and signs, or as far on the way as the signs stay: the first
  // code to reach zero then leaves the support.
  HWY_INLINE void StepExactly() {
    const Floats d;
    for (int w = 0; w < kWidth; ++w) {
      Mask active[kRows];
      Vec right[kRows];
      for (int k = 0; k < kRows; ++k) {
        active[k] = hn::Ne(c[k][w], hn::Zero(d));
        right[k] = hn::IfThenElseZero(active[k], hn::Sub(b[k][w], hn::CopySign(alpha, c[k][w])));
      }
      const Mask valid = SolveSupport<kRows>(gram, kLeastPivot, active, right);
      // The share of the way at which the first code becomes zero.
      Vec step = hn::Set(d, 1.0F);
      Vec crossing[kRows];
      for (int k = 0; k < kRows; ++k) {
        right[k] = hn::IfThenElse(valid, right[k], c[k][w]);
        const Mask crosses = hn::Lt(hn::Mul(right[k], c[k][w]), hn::Zero(d));
        crossing[k] = hn::IfThenElse(crosses, hn::Div(c[k][w], hn::Sub(c[k][w], right[k])), hn::Set(d, 2.0F));
        step = hn::Min(step, crossing[k]);
      }
      for (int k = 0; k < kRows; ++k) {
        const Vec there = hn::MulAdd(step, hn::Sub(right[k], c[k][w]), c[k][w]);
        c[k][w] = hn::IfThenElseZero(hn::Gt(crossing[k], step), there);
      }
    }
  }

  struct Standing {
    // How far the codes are from the optimality conditions.
    Vec violation;
    // ||x||^2 - ||x - D^T c||^2 = c.b + c.(b - G c).
    Vec explained;
  };

  // Of vector w.
  HWY_INLINE Standing Check(int w) const {
    const Floats d;
    Vec violation = hn::Zero(d);
    Vec explained = hn::Zero(d);
    for (int k = 0; k < kRows; ++k) {
      Vec slope = b[k][w];
      for (int j = 0; j < kRows; ++j) {
        slope = hn::NegMulAdd(hn::Set(d, gram[k * kRows + j]), c[j][w], slope);
      }
      const Vec unused = hn::Sub(hn::Abs(slope), alpha);
      const Vec used = hn::Abs(hn::Sub(slope, hn::CopySign(alpha, c[k][w])));
      violation = hn::Max(violation, hn::IfThenElse(hn::Eq(c[k][w], hn::Zero(d)), unused, used));
      explained = hn::MulAdd(c[k][w], hn::Add(b[k][w], slope), explained);
    }
    return {violation, explained};
  }
};

// Takes kWidth vectors of patches, from `first` on, through up to `rounds` rounds: from the codes 0, or on
// from those that are there. Returns whether all are solved now; the residuals of the others are -1.
template <int kRows, int kWidth, bool kGoOn>
HWY_INLINE bool SolveVectors(const LaneGram& gram, const Vec alpha, const LanePatches& patches, size_t first,
                             int rounds) {
  const Floats d;
  const size_t lanes = hn::Lanes(d);
  LassoLanes<kRows, kWidth> lasso(gram, alpha);
  Vec tolerance[kWidth];
  // A solved patch keeps its codes while others in the vectors go on: what it gets depends on it alone.
  Vec codes[kRows][kWidth];
  Vec residuals[kWidth];
  for (int w = 0; w < kWidth; ++w) {
    Vec largest = hn::Zero(d);
    for (int k = 0; k < kRows; ++k) {
      const size_t place = k * patches.pitch + first + w * lanes;
      lasso.b[k][w] = hn::LoadU(d, patches.correlations + place);
      lasso.c[k][w] = codes[k][w] = kGoOn ? hn::LoadU(d, patches.codes + place) : hn::Zero(d);
      largest = hn::Max(largest, hn::Abs(lasso.b[k][w]));
    }
    tolerance[w] = hn::Mul(hn::Set(d, kLaneOptimality), hn::Add(largest, alpha));
    residuals[w] = hn::Set(d, -1.0F);
  }

  bool all_solved = false;
  for (int round = 0; round < rounds && !all_solved; ++round) {
    for (int sweep = 0; sweep < kSweeps; ++sweep) lasso.Sweep();
    lasso.StepExactly();
    all_solved = true;
    for (int w = 0; w < kWidth; ++w) {
      const auto now = lasso.Check(w);
      const Mask optimal = hn::Le(now.violation, tolerance[w]);
      const Mask open = hn::Lt(residuals[w], hn::Zero(d));
      const Vec energy = hn::LoadU(d, patches.energies + first + w * lanes);
      const Vec residual = hn::Max(hn::Sub(energy, now.explained), hn::Zero(d));
      residuals[w] = hn::IfThenElse(hn::And(optimal, open), residual, residuals[w]);
      for (int k = 0; k < kRows; ++k) codes[k][w] = hn::IfThenElse(open, lasso.c[k][w], codes[k][w]);
      all_solved = all_solved && hn::AllFalse(d, hn::Lt(residuals[w], hn::Zero(d)));
    }
  }
  for (int w = 0; w < kWidth; ++w) {
    for (int k = 0; k < kRows; ++k) {
      hn::StoreU(codes[k][w], d, patches.codes + k * patches.pitch + first + w * lanes);
    }
    hn::StoreU(residuals[w], d, patches.residuals + first + w * lanes);
  }
  return all_solved;
}

// The patches that one round did not solve, a vector of them at a time, through up to `rounds` more. Most
// need no second round, but few vectors hold none that do.
template <int kRows>
bool SolveOpen(const LaneGram& gram, const Vec alpha, const LanePatches& patches, int rounds) {
  const Floats d;
  constexpr size_t kRoom = hn::MaxLanes(Floats());
  const size_t lanes = hn::Lanes(d);
  HWY_ALIGN float correlations[kRows * kRoom] = {};
  HWY_ALIGN float codes[kRows * kRoom] = {};
  HWY_ALIGN float energies[kRoom] = {};
  HWY_ALIGN float residuals[kRoom];
  LanePatches open;
  open.pitch = kRoom;
  open.correlations = correlations;
  open.codes = codes;
  open.energies = energies;
  open.residuals = residuals;
  size_t origin[kRoom] = {};
  bool all_solved = true;
  size_t i = 0;
  // On to an open patch, if there is one.
  const auto found = [&] {
    while (i < patches.count && patches.residuals[i] >= 0) ++i;
    return i < patches.count;
  };
  while (found()) {
    for (open.count = 0; open.count < lanes && found(); ++i) {
      energies[open.count] = patches.energies[i];
      for (int k = 0; k < kRows; ++k) {
        correlations[k * kRoom + open.count] = patches.correlations[k * patches.pitch + i];
        codes[k * kRoom + open.count] = patches.codes[k * patches.pitch + i];
      }
      origin[open.count++] = i;
    }
    all_solved &= SolveVectors<kRows, 1, true>(gram, alpha, open, 0, rounds);
    for (size_t j = 0; j < open.count; ++j) {
      patches.residuals[origin[j]] = residuals[j];
      for (int k = 0; k < kRows; ++k) patches.codes[k * patches.pitch + origin[j]] = codes[k * kRoom + j];
    }
  }
  return all_solved;
}

template <int kRows>
bool SolveAll(const LaneGram& gram, float weight, const LanePatches& patches, int max_rounds) {
  // Two vectors hide each other's waiting.
  constexpr int kWidth = 2;
  const Floats d;
  const Vec alpha = hn::Set(d, weight);
  bool all_solved = true;
  for (size_t first = 0; first < patches.count; first += kWidth * hn::Lanes(d)) {
    all_solved &= SolveVectors<kRows, kWidth, false>(gram, alpha, patches, first, 1);
  }
  return all_solved || SolveOpen<kRows>(gram, alpha, patches, max_rounds - 1);
}

bool SolveLasso(const LaneGram& gram, float alpha, const LanePatches& patches, int max_rounds) {
  switch (gram.rows) {
    case 5:
      return SolveAll<5>(gram, alpha, patches, max_rounds);
    case 8:
      return SolveAll<8>(gram, alpha, patches, max_rounds);
    case 10:
      return SolveAll<10>(gram, alpha, patches, max_rounds);
    case 12:
      return SolveAll<12>(gram, alpha, patches, max_rounds);
    default:
      return SolveAll<16>(gram, alpha, patches, max_rounds);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace mlfsc
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mlfsc {

HWY_EXPORT(SolveLasso);

bool SolveLassoLanes(const LaneGram& gram, float alpha, const LanePatches& patches, int max_rounds) {
  return HWY_DYNAMIC_DISPATCH(SolveLasso)(gram, alpha, patches, max_rounds);
}

}  // namespace mlfsc
#endif  // HWY_ONCE
