#include "core/training/folds.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

#include "core/coding/patch_grid.h"
#include "core/features/feature_options.h"

namespace mlfsc {
namespace {

constexpr int kFolds = 5;
constexpr int kManyAtoms = 16;
constexpr int64_t kPatchesPerAtom = 100;

}  // namespace

Folds::Folds(const CopyGroups& groups) : count_(std::min(kFolds, groups.count)), fold_(groups.of.size()) {
  std::vector<std::vector<int64_t>> members(groups.count);
  for (size_t picture = 0; picture < groups.of.size(); ++picture) {
    members[groups.of[picture]].push_back(static_cast<int64_t>(picture));
  }
  std::stable_sort(members.begin(), members.end(),
                   [](const auto& a, const auto& b) { return a.size() > b.size(); });
  std::vector<size_t> sizes(count_);
  for (const std::vector<int64_t>& group : members) {
    const auto smallest = std::min_element(sizes.begin(), sizes.end());
    *smallest += group.size();
    for (const int64_t picture : group) fold_[picture] = static_cast<int>(smallest - sizes.begin());
  }
}

Folds::Folds(int64_t pictures) : Folds(CopyGroups::None(static_cast<int>(pictures))) {}

std::vector<int64_t> Folds::All() const {
  std::vector<int64_t> all(fold_.size());
  std::iota(all.begin(), all.end(), 0);
  return all;
}

std::vector<int64_t> Folds::Without(int fold) const {
  std::vector<int64_t> others;
  for (size_t picture = 0; picture < fold_.size(); ++picture) {
    if (fold_[picture] != fold) others.push_back(static_cast<int64_t>(picture));
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
