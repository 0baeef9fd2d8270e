#include "core/features/feature_map.h"

#include <utility>

namespace mlfsc {

absl::StatusOr<PictureFeatures> InHostMemory(PictureFeatures features) {
  if (features.device == nullptr) return features;
  absl::StatusOr<std::vector<FeatureMap>> maps = features.device->CopyToHost();
  if (!maps.ok()) return maps.status();
  return PictureFeatures{*std::move(maps), nullptr, std::move(features.appearance)};
}

}  // namespace mlfsc
