#include "core/serving/category_model.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/bundle/category_options.h"

namespace mlfsc {

absl::StatusOr<std::shared_ptr<const CategoryModel>> CategoryModel::Make(
    std::string category, int64_t version, Bundle bundle, const ResidualCoderFactory& make_coder) {
  absl::StatusOr<std::unique_ptr<const PictureScorer>> scorer = PictureScorer::Make(bundle, make_coder);
  if (!scorer.ok()) {
    // Whatever cannot be used is the bundle's fault, not that of the request which happens to need it.
    return absl::DataLossError(absl::StrCat("category ", category, " version ", version,
                                            " cannot be used: ", scorer.status().message()));
  }
  return std::shared_ptr<const CategoryModel>(
      new CategoryModel(std::move(category), version, std::move(bundle.manifest), *std::move(scorer)));
}

CategoryModel::CategoryModel(std::string category, int64_t version, Manifest manifest,
                             std::unique_ptr<const PictureScorer> scorer)
    : category_(std::move(category)),
      version_(version),
      manifest_(std::move(manifest)),
      scorer_(std::move(scorer)) {}

HeatmapRows CategoryModel::Heatmap(const PictureScore& score, int height, int width) const {
  return HeatmapRows(score.map, MapGeometryOf(manifest_.options), height, width);
}

std::vector<Region> CategoryModel::Regions(const PictureScore& score, int height, int width,
                                           Verdict verdict) const {
  return FindRegions(score.map, MapGeometryOf(manifest_.options), height, width, manifest_.map_calibration,
                     verdict);
}

}  // namespace mlfsc
