#include "core/training/spool_size.h"

#include <cstddef>
#include <utility>

#include "core/coding/patch_grid.h"
#include "core/features/feature_options.h"
#include "core/scoring/appearance_vectors.h"
#include "core/training/folds.h"

namespace mlfsc {
namespace {

constexpr auto kValueBytes = static_cast<int64_t>(sizeof(float));

// More than any training has: few pictures are no reason then for dictionaries of each fold's own.
constexpr int64_t kManyPictures = int64_t{1} << 30;

}  // namespace

SpoolSize SpoolSizeOf(const CategoryOptions& options) {
  SpoolSize size;
  const bool residuals = !DictionariesOverfit(options, kManyPictures);
  for (const LayerShape& layer : StandardisedShapes(options.features)) {
    size.features += kValueBytes * layer.channels * layer.height * layer.width;
    const PatchGrid grid = MakePatchGrid(options.patches, layer.height, layer.width);
    if (residuals) size.residuals += kValueBytes * layer.channels * grid.count();
  }
  if (options.scoring.method == ScoreMethod::kFused) {
    const AppearanceVectors shape = AppearanceShape(options.features);
    size.appearance =
        kValueBytes * static_cast<int64_t>(shape.cells.values.size() + shape.windows.values.size());
  }
  return size;
}

std::vector<FeatureMap> SpooledFeatures(const FeatureOptions& options) {
  std::vector<FeatureMap> maps;
  for (const LayerShape& layer : StandardisedShapes(options)) {
    FeatureMap map{layer.layer, layer.channels, layer.height, layer.width, {}};
    map.values.resize(map.channels * map.plane_size());
    maps.push_back(std::move(map));
  }
  return maps;
}

std::vector<ResidualMap> SpooledResiduals(const CategoryOptions& options) {
  std::vector<ResidualMap> maps;
  for (const LayerShape& layer : StandardisedShapes(options.features)) {
    ResidualMap map{
        layer.layer, layer.channels, MakePatchGrid(options.patches, layer.height, layer.width), {}};
    map.values.resize(static_cast<size_t>(map.channels) * map.grid.count());
    maps.push_back(std::move(map));
  }
  return maps;
}

}  // namespace mlfsc
