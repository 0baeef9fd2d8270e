// Coding against up to kMaxLaneAtoms atoms, a patch to a vector lane.
#ifndef MLFSC_CORE_CODING_SMALL_PATCH_CODER_H_
#define MLFSC_CORE_CODING_SMALL_PATCH_CODER_H_

#include <vector>

#include "core/coding/correlation.h"
#include "core/coding/lane_solvers.h"
#include "core/coding/patch_coder.h"

namespace mlfsc {

class SmallPatchCoder : public PatchCoder {
 public:
  SmallPatchCoder(const float* dictionary, int atoms, int cells, const CodingOptions& coding);

  void Code(const PatchBand& band, CodingScratch* scratch, float* residuals, float* codes) const override;

 private:
  void SolveGivenUp(const LanePatches& patches) const;

  const CodingOptions coding_;
  const AtomBank bank_;
  const std::vector<double> gram_;
  const LaneGram lane_gram_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_CODING_SMALL_PATCH_CODER_H_
