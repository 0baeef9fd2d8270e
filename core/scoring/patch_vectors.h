// What whitening takes of a picture: one vector for each place on a grid.
#ifndef MLFSC_CORE_SCORING_PATCH_VECTORS_H_
#define MLFSC_CORE_SCORING_PATCH_VECTORS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "core/coding/patch_grid.h"

namespace mlfsc {

struct PatchVectors {
  PatchGrid grid;
  // Deepest first.
  std::vector<std::string> layers;
  std::vector<int> layer_channels;
  // [C, grid.count()], row-major; C is the sum of layer_channels.
  std::vector<float> values;

  const float* row(int channel) const { return values.data() + static_cast<size_t>(channel) * grid.count(); }
  float* row(int channel) { return values.data() + static_cast<size_t>(channel) * grid.count(); }
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_SCORING_PATCH_VECTORS_H_
