// The dictionaries of a category and what coding against them leaves over.
#ifndef MLFSC_CORE_CODING_DICTIONARY_H_
#define MLFSC_CORE_CODING_DICTIONARY_H_

#include <cstddef>
#include <string>
#include <vector>

#include "core/coding/patch_grid.h"

namespace mlfsc {

enum class Coder {
  // argmin_c 1/2 ||x - D^T c||^2 + alpha ||c||_1, exactly (MLF-SC, eq. 1).
  kLasso,
  // Orthogonal matching pursuit.
  kOmp,
};

struct CodingOptions {
  Coder coder = Coder::kLasso;
  // Weight of the l1 norm; of kLasso.
  double alpha = 1;
  // Atoms that a patch may use; of kOmp.
  int nonzeros = 3;
};

// One dictionary for each channel of a layer; atoms have unit norm (or are all zero: never used).
struct LayerDictionaries {
  std::string layer;
  int channels = 0;
  int atoms = 0;
  // Cells in a patch: size * size.
  int patch_cells = 0;
  // [channels, atoms, patch_cells], row-major.
  std::vector<float> values;

  const float* dictionary(int channel) const {
    return values.data() + static_cast<size_t>(channel) * atoms * patch_cells;
  }
  float* dictionary(int channel) {
    return values.data() + static_cast<size_t>(channel) * atoms * patch_cells;
  }
};

// Deepest layer first, as in PictureFeatures.
using Dictionaries = std::vector<LayerDictionaries>;

// Squared residuals r = ||x - D^T c||^2 >= 0 of one layer of one picture.
struct ResidualMap {
  std::string layer;
  int channels = 0;
  PatchGrid grid;
  // [channels, grid.rows, grid.columns], row-major.
  std::vector<float> values;

  const float* plane(int channel) const {
    return values.data() + static_cast<size_t>(channel) * grid.count();
  }
  float* plane(int channel) { return values.data() + static_cast<size_t>(channel) * grid.count(); }
};

// Deepest layer first.
using ResidualMaps = std::vector<ResidualMap>;

}  // namespace mlfsc

#endif  // MLFSC_CORE_CODING_DICTIONARY_H_
