// Coding against a dictionary of any size, patch by patch: for the paper's pixel baseline (200 atoms of
// 16x16) and the like.
#ifndef MLFSC_CORE_CODING_LARGE_PATCH_CODER_H_
#define MLFSC_CORE_CODING_LARGE_PATCH_CODER_H_

#include <vector>

#include "core/coding/correlation.h"
#include "core/coding/patch_coder.h"

namespace mlfsc {

// Exact in double precision (ExactCoder): with a few tens of codes that are not zero, steps
// on the support are several times faster than coordinate descent over all atoms, which was tried.
class LargePatchCoder : public PatchCoder {
 public:
  LargePatchCoder(const float* dictionary, int atoms, int cells, const CodingOptions& coding);

  void Code(const PatchBand& band, CodingScratch* scratch, float* residuals, float* codes) const override;

 private:
  const CodingOptions coding_;
  const int atoms_;
  const AtomBank bank_;
  const std::vector<double> gram_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_CODING_LARGE_PATCH_CODER_H_
