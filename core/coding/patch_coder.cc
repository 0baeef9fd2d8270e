#include "core/coding/patch_coder.h"

#include <algorithm>

#include "core/coding/lane_solvers.h"
#include "core/coding/large_patch_coder.h"
#include "core/coding/small_patch_coder.h"

namespace mlfsc {
namespace {

// Correlations of a band: together with the band's own cells they fit in a second-level cache.
constexpr int kBandCorrelations = 1 << 16;

// Beyond that a longer band saves nothing.
constexpr int kBandPatches = 512;

}  // namespace

int PatchCoder::BandRows(int atoms, int columns) {
  const int patches = std::min(kBandPatches, kBandCorrelations / atoms);
  return std::max(1, patches / std::max(columns, 1));
}

std::unique_ptr<PatchCoder> MakePatchCoder(const float* dictionary, int atoms, int cells,
                                           const CodingOptions& coding) {
  if (atoms <= kMaxLaneAtoms) return std::make_unique<SmallPatchCoder>(dictionary, atoms, cells, coding);
  return std::make_unique<LargePatchCoder>(dictionary, atoms, cells, coding);
}

}  // namespace mlfsc
