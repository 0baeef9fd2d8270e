// From a picture's features to its score, with what a bundle holds.
#ifndef MLFSC_CORE_BUNDLE_PICTURE_SCORER_H_
#define MLFSC_CORE_BUNDLE_PICTURE_SCORER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "core/base/workers.h"
#include "core/bundle/bundle.h"
#include "core/coding/residual_coder.h"
#include "core/features/feature_map.h"
#include "core/scoring/appearance_vectors.h"
#include "core/scoring/scorer.h"

namespace mlfsc {

// What is scored of a picture.
struct CodedPicture {
  ResidualMaps residuals;
  // Empty unless the score is kFused.
  AppearanceVectors appearance;
};

// Immutable and thread-safe.
class PictureScorer {
 public:
  // InvalidArgument, or an error of `make_coder`, for a bundle that cannot score.
  static absl::StatusOr<std::unique_ptr<const PictureScorer>> Make(
      const Bundle& bundle, const ResidualCoderFactory& make_coder = MakeResidualCoder);

  // `features`: as the extractor gave them for WantedFeatures. Both throw WorkCancelled.
  absl::StatusOr<CodedPicture> Code(PictureFeatures features, Workers workers) const;
  PictureScore Score(const CodedPicture& coded, Workers workers) const {
    return scorer_->Score(coded.residuals, coded.appearance, workers);
  }

 private:
  PictureScorer(const CategoryOptions& options, std::unique_ptr<ResidualCoder> coder,
                std::unique_ptr<Scorer> scorer);

  const CategoryOptions options_;
  const std::unique_ptr<ResidualCoder> coder_;
  const std::unique_ptr<Scorer> scorer_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_BUNDLE_PICTURE_SCORER_H_
