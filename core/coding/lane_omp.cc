#include <cstddef>

#include "core/coding/lane_solvers.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/coding/lane_omp.cc"
// clang-format off: this one comes first.
#include "hwy/foreach_target.h"
// clang-format on
#include "core/coding/lane_support-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace mlfsc {
namespace HWY_NAMESPACE {
namespace {

// Of max|b|: what is left of a patch that the support explains fully, in float32.
constexpr float kExplained = 0x1p-18F;

// Of an atom's squared length: with less of it left, float32 loses half of the digits of the codes.
constexpr float kLeastPivot = 0x1p-11F;

// One vector of patches against kRows atoms.
template <int kRows>
struct OmpLanes {
  // Spelled out so that it is compiled for this instruction set.
  HWY_INLINE explicit OmpLanes(const LaneGram& lane_gram) : gram(lane_gram.values.data()) {}

  const float* const gram;
  Vec b[kRows];
  Vec c[kRows];
  // b - G c.
  Vec left[kRows];
  Mask support[kRows];
  // Lanes whose support is nearly dependent.
  Mask given_up;

  // Adds to each lane's support the atom of the largest |left|, the first of equals, if that is more than
  // `explained`. Returns whether any lane had such an atom; one that had none has none later.
  HWY_INLINE bool Choose(const Vec explained) {
    const Floats d;
    Vec largest = explained;
    Vec chosen = hn::Set(d, -1.0F);
    for (int k = 0; k < kRows; ++k) {
      const Vec size = hn::Abs(left[k]);
      const Mask larger = hn::AndNot(support[k], hn::Gt(size, largest));
      largest = hn::IfThenElse(larger, size, largest);
      chosen = hn::IfThenElse(larger, hn::Set(d, static_cast<float>(k)), chosen);
    }
    for (int k = 0; k < kRows; ++k) {
      support[k] = hn::Or(support[k], hn::Eq(chosen, hn::Set(d, static_cast<float>(k))));
    }
    return !hn::AllTrue(d, hn::Lt(chosen, hn::Zero(d)));
  }

  HWY_INLINE void Refit() {
    for (int k = 0; k < kRows; ++k) c[k] = hn::IfThenElseZero(support[k], b[k]);
    given_up = hn::Or(given_up, hn::Not(SolveSupport<kRows>(gram, kLeastPivot, support, c)));
  }

  HWY_INLINE void UpdateLeft() {
    const Floats d;
    for (int k = 0; k < kRows; ++k) {
      left[k] = b[k];
      for (int j = 0; j < kRows; ++j) {
        left[k] = hn::NegMulAdd(hn::Set(d, gram[k * kRows + j]), c[j], left[k]);
      }
    }
  }
};

template <int kRows>
HWY_INLINE bool SolveVector(const LaneGram& gram, int nonzeros, const LanePatches& patches, size_t first) {
  const Floats d;
  OmpLanes<kRows> omp(gram);
  omp.given_up = hn::Ne(hn::Zero(d), hn::Zero(d));
  Vec largest = hn::Zero(d);
  for (int k = 0; k < kRows; ++k) {
    omp.b[k] = omp.left[k] = hn::LoadU(d, patches.correlations + k * patches.pitch + first);
    omp.c[k] = hn::Zero(d);
    omp.support[k] = omp.given_up;
    largest = hn::Max(largest, hn::Abs(omp.b[k]));
  }
  const Vec explained = hn::Mul(hn::Set(d, kExplained), largest);
  for (int step = 0; step < nonzeros && omp.Choose(explained); ++step) {
    omp.Refit();
    omp.UpdateLeft();
  }

  // ||x||^2 - c.b - c.(b - G c).
  Vec residual = hn::LoadU(d, patches.energies + first);
  for (int k = 0; k < kRows; ++k) {
    residual = hn::NegMulAdd(omp.c[k], hn::Add(omp.b[k], omp.left[k]), residual);
    hn::StoreU(omp.c[k], d, patches.codes + k * patches.pitch + first);
  }
  residual = hn::IfThenElse(omp.given_up, hn::Set(d, -1.0F), hn::Max(residual, hn::Zero(d)));
  hn::StoreU(residual, d, patches.residuals + first);
  return hn::AllFalse(d, omp.given_up);
}

template <int kRows>
bool SolveAll(const LaneGram& gram, int nonzeros, const LanePatches& patches) {
  bool all_solved = true;
  for (size_t first = 0; first < patches.count; first += hn::Lanes(Floats())) {
    all_solved &= SolveVector<kRows>(gram, nonzeros, patches, first);
  }
  return all_solved;
}

bool SolveOmp(const LaneGram& gram, int nonzeros, const LanePatches& patches) {
  switch (gram.rows) {
    case 5:
      return SolveAll<5>(gram, nonzeros, patches);
    case 8:
      return SolveAll<8>(gram, nonzeros, patches);
    case 10:
      return SolveAll<10>(gram, nonzeros, patches);
    case 12:
      return SolveAll<12>(gram, nonzeros, patches);
    default:
      return SolveAll<16>(gram, nonzeros, patches);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace mlfsc
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mlfsc {

HWY_EXPORT(SolveOmp);

bool SolveOmpLanes(const LaneGram& gram, int nonzeros, const LanePatches& patches) {
  return HWY_DYNAMIC_DISPATCH(SolveOmp)(gram, nonzeros, patches);
}

}  // namespace mlfsc
#endif  // HWY_ONCE
