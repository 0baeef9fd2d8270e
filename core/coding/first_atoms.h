// The atoms that learning starts from.
#ifndef MLFSC_CORE_CODING_FIRST_ATOMS_H_
#define MLFSC_CORE_CODING_FIRST_ATOMS_H_

#include <cstdint>
#include <vector>

#include "core/base/cancellation.h"
#include "core/coding/patch_grid.h"

namespace mlfsc {

// One channel of several pictures: [height, width] each.
struct ChannelPlanes {
  std::vector<const float*> planes;
  int height = 0;
  int width = 0;
};

// What decides which patches are drawn: equal seeds and channel numbers draw alike.
struct DrawSeed {
  uint64_t seed = 0;
  int64_t channel = 0;
};

// Patches of the planes, scaled to unit length, that are not much like one another: of a few drawn for each
// atom, the one with the smallest largest |cosine| to the atoms before. `dictionary`: written, [atoms,
// cells]; atoms of zeros where only patches of zeros were drawn, or there are none. Throws WorkCancelled;
// `cancellation` may be null.
void ChooseFirstAtoms(const ChannelPlanes& planes, const PatchOptions& patches, int atoms,
                      const DrawSeed& seed, float* dictionary, const Cancellation* cancellation = nullptr);

}  // namespace mlfsc

#endif  // MLFSC_CORE_CODING_FIRST_ATOMS_H_
