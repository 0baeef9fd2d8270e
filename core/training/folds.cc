#include "core/training/folds.h"

#include <algorithm>
#include <numeric>

#include "core/coding/patch_grid.h"
#include "core/features/feature_options.h"

namespace mlfsc {
namespace {

constexpr int64_t kFolds = 5;
constexpr int kManyAtoms = 16;
constexpr int64_t kPatchesPerAtom = 100;

}  // namespace

Folds::Folds(int64_t pictures) : pictures_(pictures), count_(static_cast<int>(std::min(kFolds, pictures))) {}

std::vector<int64_t> Folds::All() const {
  std::vector<int64_t> all(pictures_);
  std::iota(all.begin(), all.end(), 0);
  return all;
}

std::vector<int64_t> Folds::Without(int fold) const {
  std::vector<int64_t> others;
  for (int64_t picture = 0; picture < pictures_; ++picture) {
    if (Of(picture) != fold) others.push_back(picture);
  }
  return others;
}

bool DictionariesOverfit(const CategoryOptions& options, int64_t pictures) {
  const int atoms = options.learning.atoms;
  if (atoms > kManyAtoms) return true;
  for (const LayerShape& layer : StandardisedShapes(options.features)) {
    const int patches = MakePatchGrid(options.patches, layer.height, layer.width).count();
    if (pictures * patches < kPatchesPerAtom * atoms) return true;
  }
  return false;
}

}  // namespace mlfsc
