// One dictionary, ready to code the patches of one channel.
#ifndef MLFSC_CORE_CODING_PATCH_CODER_H_
#define MLFSC_CORE_CODING_PATCH_CODER_H_

#include <memory>
#include <vector>

#include "core/base/cancellation.h"
#include "core/coding/dictionary.h"
#include "core/coding/patch_band.h"

namespace mlfsc {

// What a PatchCoder works with. One object a thread; memory is kept between calls only to save allocations.
struct CodingScratch {
  std::vector<float> by_position;
  std::vector<float> by_patch;
  // Looked at while a band is coded; may be null.
  const Cancellation* cancellation = nullptr;
};

// Immutable and thread-safe.
class PatchCoder {
 public:
  virtual ~PatchCoder() = default;

  // `residuals`: written, [band.rows(), band.columns()], ||x - D^T c||^2 >= 0 of each patch; exact but for
  // float32 rounding, a small multiple of cells * 2^-24 * ||x||^2. `codes`: when not null, written, [atoms,
  // PositionsPitch(band.positions())], by position, 0 where there is no patch. Throws WorkCancelled.
  virtual void Code(const PatchBand& band, CodingScratch* scratch, float* residuals, float* codes) const = 0;

  // Rows of a patch grid with `columns` columns that make a band of a good size, large enough to fill vectors
  // and small enough for the cache: as many as hold 512 patches at most, of more than 128 atoms fewer; at
  // least one.
  static int BandRows(int atoms, int columns);
};

// `dictionary`: [atoms, cells], copied. Up to kMaxLaneAtoms atoms are coded in vectors of patches, more patch
// by patch.
std::unique_ptr<PatchCoder> MakePatchCoder(const float* dictionary, int atoms, int cells,
                                           const CodingOptions& coding);

}  // namespace mlfsc

#endif  // MLFSC_CORE_CODING_PATCH_CODER_H_
