// Products of all patches of a band with atoms, and of codes with all patches: the two passes over the cells
// that coding and learning need. Vectorised along the band's positions; no patch is gathered.
#ifndef MLFSC_CORE_CODING_CORRELATION_H_
#define MLFSC_CORE_CODING_CORRELATION_H_

#include <cstddef>
#include <vector>

#include "core/coding/patch_band.h"

namespace mlfsc {

// Positions are worked on in vectors: a row of per-position values has this much room.
inline size_t PositionsPitch(int positions) {
  return static_cast<size_t>(positions + PatchBand::kReadAhead - 1) / PatchBand::kReadAhead *
         PatchBand::kReadAhead;
}

// A dictionary in the order in which the correlation reads it. Immutable and thread-safe.
class AtomBank {
 public:
  // `dictionary`: [num_atoms, cells], row-major.
  AtomBank(const float* dictionary, int num_atoms, int cells);

  int num_atoms() const { return num_atoms_; }

  // b = d . x of each atom with each patch, and ||x||^2 of each patch. `correlations`: [num_atoms, pitch],
  // `energies`: [pitch], where pitch = PositionsPitch(band.positions()); both by position.
  //
  // float32 sums over the cells in their order: off by at most cells * 2^-24 * sum |d_t x_t|.
  void Correlate(const PatchBand& band, float* correlations, float* energies) const;

 private:
  const int num_atoms_;
  // Blocks of atoms that fit in registers together, [cells, atoms of the block] each.
  std::vector<float> blocks_;
};

// sums[k][t] += sum over positions of codes[k][q] * taps[t][q]. `codes`: [num_atoms, pitch], 0 at positions
// that are no patch and beyond the last; `sums`: [num_atoms, cells].
void AddCodePatches(const PatchBand& band, const float* codes, int num_atoms, double* sums);

// sums[i][j] += sum over `positions` of codes[i][q] * codes[j][q]. `codes`: [num_atoms, pitch]; `sums`:
// [num_atoms, num_atoms].
void AddCodeProducts(const float* codes, int num_atoms, int positions, double* sums);

}  // namespace mlfsc

#endif  // MLFSC_CORE_CODING_CORRELATION_H_
