// A bundle made ready to score.
#ifndef MLFSC_CORE_SERVING_CATEGORY_MODEL_H_
#define MLFSC_CORE_SERVING_CATEGORY_MODEL_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/thread_pool.h"
#include "core/bundle/bundle.h"
#include "core/coding/residual_coder.h"
#include "core/features/feature_map.h"
#include "core/scoring/heatmap.h"
#include "core/scoring/scorer.h"

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

  // Features as the extractor gave them to residuals. `pool`, here and below, may be null.
  absl::StatusOr<ResidualMaps> Code(PictureFeatures features, ThreadPool* pool) const;
  PictureScore Score(const ResidualMaps& residuals, ThreadPool* pool) const {
    return scorer_->Score(residuals, pool);
  }

  // The patch map of a score at height x width.
  cv::Mat Heatmap(const PictureScore& score, int height, int width) const;

 private:
  CategoryModel(std::string category, int64_t version, Manifest manifest,
                std::unique_ptr<ResidualCoder> coder, std::unique_ptr<Scorer> scorer);

  const std::string category_;
  const int64_t version_;
  const Manifest manifest_;
  const std::unique_ptr<ResidualCoder> coder_;
  const std::unique_ptr<Scorer> scorer_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_SERVING_CATEGORY_MODEL_H_
