#include "core/serving/category_model.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/bundle/category_options.h"
#include "core/features/feature_extractor.h"
#include "core/scoring/make_scorer.h"

namespace mlfsc {
absl::StatusOr<std::shared_ptr<const CategoryModel>> CategoryModel::Make(
    std::string category, int64_t version, Bundle bundle, const ResidualCoderFactory& make_coder) {
  const CategoryOptions& options = bundle.manifest.options;
  // Whatever cannot be used is the bundle's fault, not that of the request which happens to need it.
  const auto damaged = [&](const absl::Status& cause) {
    return absl::DataLossError(
        absl::StrCat("category ", category, " version ", version, " cannot be used: ", cause.message()));
  };
  absl::StatusOr<std::unique_ptr<ResidualCoder>> coder =
      make_coder(bundle.dictionaries, options.patches, options.coding);
  if (!coder.ok()) return damaged(coder.status());
  absl::StatusOr<std::unique_ptr<Scorer>> scorer = MakeScorer(options.scoring, bundle.whitening);
  if (!scorer.ok()) return damaged(scorer.status());
  return std::shared_ptr<const CategoryModel>(new CategoryModel(
      std::move(category), version, std::move(bundle.manifest), *std::move(coder), *std::move(scorer)));
}

CategoryModel::CategoryModel(std::string category, int64_t version, Manifest manifest,
                             std::unique_ptr<ResidualCoder> coder, std::unique_ptr<Scorer> scorer)
    : category_(std::move(category)),
      version_(version),
      manifest_(std::move(manifest)),
      coder_(std::move(coder)),
      scorer_(std::move(scorer)) {}

absl::StatusOr<ResidualMaps> CategoryModel::Code(PictureFeatures features, ThreadPool* pool) const {
  absl::StatusOr<PictureFeatures> standardised =
      Standardise(manifest_.options.features, std::move(features), pool);
  if (!standardised.ok()) return standardised.status();
  return coder_->Code(*standardised, pool);
}

cv::Mat CategoryModel::Heatmap(const PictureScore& score, int height, int width) const {
  return RenderHeatmap(score.map, MapGeometryOf(manifest_.options), height, width);
}

}  // namespace mlfsc
