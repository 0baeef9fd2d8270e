// A bundle made ready to score.
#ifndef MLFSC_CORE_SERVING_CATEGORY_MODEL_H_
#define MLFSC_CORE_SERVING_CATEGORY_MODEL_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/workers.h"
#include "core/bundle/bundle.h"
#include "core/bundle/picture_scorer.h"
#include "core/coding/residual_coder.h"
#include "core/features/feature_map.h"
#include "core/scoring/heatmap.h"

namespace mlfsc {

// Immutable and thread-safe; shared by all requests that began with this version.
class CategoryModel {
 public:
  // `make_coder`: for features as the server's extractor gives them.
  static absl::StatusOr<std::shared_ptr<const CategoryModel>> Make(
      std::string category, int64_t version, Bundle bundle,
      const ResidualCoderFactory& make_coder = MakeResidualCoder);

  const std::string& category() const { return category_; }
  int64_t version() const { return version_; }
  const Manifest& manifest() const { return manifest_; }

  // What to ask of the extractor.
  FeatureOptions features() const { return WantedFeatures(manifest_.options); }

  // Features as the extractor gave them to what is scored. Both throw WorkCancelled.
  absl::StatusOr<CodedPicture> Code(PictureFeatures features, Workers workers) const {
    return scorer_->Code(std::move(features), workers);
  }
  PictureScore Score(const CodedPicture& coded, Workers workers) const { return scorer_->Score(coded, workers); }

  // The patch map of a score at height x width.
  HeatmapRows Heatmap(const PictureScore& score, int height, int width) const;
  // Where it departs from good, in a picture of that size.
  std::vector<Region> Regions(const PictureScore& score, int height, int width, Verdict verdict) const;

 private:
  CategoryModel(std::string category, int64_t version, Manifest manifest,
                std::unique_ptr<const PictureScorer> scorer);

  const std::string category_;
  const int64_t version_;
  const Manifest manifest_;
  const std::unique_ptr<const PictureScorer> scorer_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_SERVING_CATEGORY_MODEL_H_
