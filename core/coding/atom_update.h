// The dictionary half of online learning: what is remembered of the codes, and the step from it to better
// atoms.
#ifndef MLFSC_CORE_CODING_ATOM_UPDATE_H_
#define MLFSC_CORE_CODING_ATOM_UPDATE_H_

#include <cstddef>
#include <vector>

#include "core/base/cancellation.h"

namespace mlfsc {

// Sums over coded patches x with codes c: what Mairal's algorithm keeps of them, whatever their number.
struct CodeStatistics {
  CodeStatistics() = default;
  CodeStatistics(int num_atoms, int patch_cells);

  void Scale(double factor);
  void Add(const CodeStatistics& other);

  int atoms = 0;
  int cells = 0;
  // A = sum c c^T: [atoms, atoms].
  std::vector<double> code_products;
  // B = sum c x^T: [atoms, cells].
  std::vector<double> code_patches;
};

// `passes` rounds of block coordinate descent on 1/2 tr(D^T D A) - tr(D^T B) (Mairal et al. 2010, algorithm
// 2), each atom scaled back to unit length. `dictionary`: [atoms, cells], in and out. Atoms that no code has
// used stay as they are. Throws WorkCancelled; `cancellation` may be null.
void UpdateAtoms(const CodeStatistics& statistics, int passes, float* dictionary,
                 const Cancellation* cancellation = nullptr);

// Puts `patch`, scaled to unit length, in an atom's place, and forgets what its predecessor did. A patch of
// zeros gives an atom of zeros.
void ReplaceAtom(int atom, const float* patch, CodeStatistics* statistics, float* dictionary);

}  // namespace mlfsc

#endif  // MLFSC_CORE_CODING_ATOM_UPDATE_H_
