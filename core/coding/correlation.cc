#include "core/coding/correlation.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/coding/correlation.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#ifndef MLFSC_CORE_CODING_CORRELATION_BLOCKS
#define MLFSC_CORE_CODING_CORRELATION_BLOCKS
namespace mlfsc {
namespace {

// Accumulators that, times two vectors of positions, leave three of 16 registers for operands.
constexpr int kBlockRows = 6;

// The first block has one atom less: its last row is the energy.
int AtomsOfBlock(int num_atoms, int first) {
  return std::min(num_atoms - first, first == 0 ? kBlockRows - 1 : kBlockRows);
}

}  // namespace
}  // namespace mlfsc
#endif  // MLFSC_CORE_CODING_CORRELATION_BLOCKS

HWY_BEFORE_NAMESPACE();
namespace mlfsc {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::ScalableTag<float>;
using Vec = hn::Vec<Floats>;

// Vectors of positions that are summed at once: as many as the registers hold.
constexpr int kVectors = HWY_MAX_BYTES >= 64 ? 4 : 2;

// The products of kAtoms atoms with kWidth vectors of positions from `q` on; the energy too, when wanted.
template <int kAtoms, bool kEnergy, int kWidth>
HWY_INLINE void CorrelateVectors(const float* const* taps, int num_taps, const float* HWY_RESTRICT block,
                                 size_t q, size_t pitch, float* HWY_RESTRICT correlations,
                                 float* HWY_RESTRICT energies) {
  const Floats d;
  const size_t lanes = hn::Lanes(d);
  Vec sums[kAtoms][kWidth];
  Vec energy[kWidth];
  for (int w = 0; w < kWidth; ++w) {
    for (int k = 0; k < kAtoms; ++k) sums[k][w] = hn::Zero(d);
    energy[w] = hn::Zero(d);
  }
  for (int t = 0; t < num_taps; ++t, block += kAtoms) {
    const float* tap = taps[t] + q;
    Vec x[kWidth];
    for (int w = 0; w < kWidth; ++w) x[w] = hn::LoadU(d, tap + w * lanes);
    for (int k = 0; k < kAtoms; ++k) {
      const Vec cell = hn::Set(d, block[k]);
      for (int w = 0; w < kWidth; ++w) sums[k][w] = hn::MulAdd(cell, x[w], sums[k][w]);
    }
    if (kEnergy) {
      for (int w = 0; w < kWidth; ++w) energy[w] = hn::MulAdd(x[w], x[w], energy[w]);
    }
  }
  for (int w = 0; w < kWidth; ++w) {
    for (int k = 0; k < kAtoms; ++k) hn::StoreU(sums[k][w], d, correlations + k * pitch + q + w * lanes);
    if (kEnergy) hn::StoreU(energy[w], d, energies + q + w * lanes);
  }
}

template <int kAtoms, bool kEnergy>
void CorrelateAtoms(const float* const* taps, int num_taps, const float* block, size_t positions,
                    size_t pitch, float* correlations, float* energies) {
  const size_t lanes = hn::Lanes(Floats());
  size_t q = 0;
  for (; q + kVectors * lanes <= positions; q += kVectors * lanes) {
    CorrelateVectors<kAtoms, kEnergy, kVectors>(taps, num_taps, block, q, pitch, correlations, energies);
  }
  for (; q < positions; q += lanes) {
    CorrelateVectors<kAtoms, kEnergy, 1>(taps, num_taps, block, q, pitch, correlations, energies);
  }
}

// One block of at most kBlockRows rows. `energies` may be null.
void CorrelateBlock(const float* const* taps, int num_taps, const float* block, int atoms, size_t positions,
                    size_t pitch, float* correlations, float* energies) {
  const auto correlate = [&](auto with_energy, auto without_energy) {
    (energies != nullptr ? with_energy : without_energy)(taps, num_taps, block, positions, pitch,
                                                         correlations, energies);
  };
  switch (atoms) {
    case 1:
      return correlate(&CorrelateAtoms<1, true>, &CorrelateAtoms<1, false>);
    case 2:
      return correlate(&CorrelateAtoms<2, true>, &CorrelateAtoms<2, false>);
    case 3:
      return correlate(&CorrelateAtoms<3, true>, &CorrelateAtoms<3, false>);
    case 4:
      return correlate(&CorrelateAtoms<4, true>, &CorrelateAtoms<4, false>);
    case 5:
      return correlate(&CorrelateAtoms<5, true>, &CorrelateAtoms<5, false>);
    default:
      return CorrelateAtoms<6, false>(taps, num_taps, block, positions, pitch, correlations, energies);
  }
}

// sums[k * cells + t + w] += codes[k] . taps[t + w], for kAtoms atoms and kTaps taps.
template <int kAtoms, int kTaps>
HWY_INLINE void AddProducts(const float* const* taps, const float* HWY_RESTRICT codes, size_t positions,
                            size_t pitch, int cells, double* HWY_RESTRICT sums) {
  const Floats d;
  const size_t lanes = hn::Lanes(d);
  Vec products[kAtoms][kTaps];
  for (int k = 0; k < kAtoms; ++k) {
    for (int t = 0; t < kTaps; ++t) products[k][t] = hn::Zero(d);
  }
  for (size_t q = 0; q < positions; q += lanes) {
    Vec x[kTaps];
    for (int t = 0; t < kTaps; ++t) x[t] = hn::LoadU(d, taps[t] + q);
    for (int k = 0; k < kAtoms; ++k) {
      const Vec code = hn::LoadU(d, codes + k * pitch + q);
      for (int t = 0; t < kTaps; ++t) products[k][t] = hn::MulAdd(code, x[t], products[k][t]);
    }
  }
  for (int k = 0; k < kAtoms; ++k) {
    for (int t = 0; t < kTaps; ++t) {
      sums[k * cells + t] += static_cast<double>(hn::GetLane(hn::SumOfLanes(d, products[k][t])));
    }
  }
}

template <int kAtoms>
void AddAtomProducts(const float* const* taps, int num_taps, const float* codes, size_t positions,
                     size_t pitch, double* sums) {
  int t = 0;
  for (; t + 2 <= num_taps; t += 2) {
    AddProducts<kAtoms, 2>(taps + t, codes, positions, pitch, num_taps, sums + t);
  }
  if (t < num_taps) AddProducts<kAtoms, 1>(taps + t, codes, positions, pitch, num_taps, sums + t);
}

// As many rows of codes as there are, up to five: what comes after them is the next block's.
void AddBlockProducts(const float* const* taps, int num_taps, const float* codes, int atoms, size_t positions,
                      size_t pitch, double* sums) {
  switch (atoms) {
    case 1:
      return AddAtomProducts<1>(taps, num_taps, codes, positions, pitch, sums);
    case 2:
      return AddAtomProducts<2>(taps, num_taps, codes, positions, pitch, sums);
    case 3:
      return AddAtomProducts<3>(taps, num_taps, codes, positions, pitch, sums);
    case 4:
      return AddAtomProducts<4>(taps, num_taps, codes, positions, pitch, sums);
    default:
      return AddAtomProducts<5>(taps, num_taps, codes, positions, pitch, sums);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace mlfsc
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mlfsc {

HWY_EXPORT(CorrelateBlock);
HWY_EXPORT(AddBlockProducts);

AtomBank::AtomBank(const float* dictionary, int num_atoms, int cells)
    : num_atoms_(num_atoms), blocks_(static_cast<size_t>(num_atoms) * cells) {
  float* value = blocks_.data();
  for (int first = 0; first < num_atoms; first += AtomsOfBlock(num_atoms, first)) {
    for (int t = 0; t < cells; ++t) {
      for (int k = 0; k < AtomsOfBlock(num_atoms, first); ++k) {
        *value++ = dictionary[static_cast<size_t>(first + k) * cells + t];
      }
    }
  }
}

void AtomBank::Correlate(const PatchBand& band, float* correlations, float* energies) const {
  const size_t pitch = PositionsPitch(band.positions());
  const float* block = blocks_.data();
  for (int first = 0; first < num_atoms_;) {
    const int atoms = AtomsOfBlock(num_atoms_, first);
    HWY_DYNAMIC_DISPATCH(CorrelateBlock)
    (band.taps(), band.num_taps(), block, atoms, band.positions(), pitch, correlations + first * pitch,
     first == 0 ? energies : nullptr);
    block += static_cast<size_t>(atoms) * band.num_taps();
    first += atoms;
  }
}

namespace {

// sums[k][t] += codes[k] . taps[t], [num_atoms, num_taps].
void AddAllProducts(const float* const* taps, int num_taps, const float* codes, int num_atoms, int positions,
                    double* sums) {
  const size_t pitch = PositionsPitch(positions);
  for (int first = 0; first < num_atoms; first += kBlockRows - 1) {
    HWY_DYNAMIC_DISPATCH(AddBlockProducts)
    (taps, num_taps, codes + first * pitch, num_atoms - first, positions, pitch,
     sums + static_cast<size_t>(first) * num_taps);
  }
}

}  // namespace

void AddCodePatches(const PatchBand& band, const float* codes, int num_atoms, double* sums) {
  AddAllProducts(band.taps(), band.num_taps(), codes, num_atoms, band.positions(), sums);
}

void AddCodeProducts(const float* codes, int num_atoms, int positions, double* sums) {
  std::vector<const float*> rows(num_atoms);
  for (int k = 0; k < num_atoms; ++k) rows[k] = codes + k * PositionsPitch(positions);
  AddAllProducts(rows.data(), num_atoms, codes, num_atoms, positions, sums);
}

}  // namespace mlfsc
#endif  // HWY_ONCE
