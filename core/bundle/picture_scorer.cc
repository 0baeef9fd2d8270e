#include "core/bundle/picture_scorer.h"

#include <utility>

#include "core/features/feature_extractor.h"
#include "core/scoring/make_scorer.h"

namespace mlfsc {

absl::StatusOr<std::unique_ptr<const PictureScorer>> PictureScorer::Make(const Bundle& bundle,
                                                                         const ResidualCoderFactory& make_coder) {
  const CategoryOptions& options = bundle.manifest.options;
  absl::StatusOr<std::unique_ptr<ResidualCoder>> coder =
      make_coder(bundle.dictionaries, options.patches, options.coding);
  if (!coder.ok()) return coder.status();
  absl::StatusOr<std::unique_ptr<Scorer>> scorer =
      MakeScorer(options.scoring, bundle.whitening, bundle.appearance);
  if (!scorer.ok()) return scorer.status();
  return std::unique_ptr<const PictureScorer>(
      new PictureScorer(options, *std::move(coder), *std::move(scorer)));
}

PictureScorer::PictureScorer(const CategoryOptions& options, std::unique_ptr<ResidualCoder> coder,
                             std::unique_ptr<Scorer> scorer)
    : options_(options), coder_(std::move(coder)), scorer_(std::move(scorer)) {}

absl::StatusOr<CodedPicture> PictureScorer::Code(PictureFeatures features, Workers workers) const {
  CodedPicture coded;
  if (options_.scoring.method == ScoreMethod::kFused) {
    absl::StatusOr<AppearanceVectors> appearance =
        MakeAppearanceVectors(options_.features, features.appearance);
    if (!appearance.ok()) return appearance.status();
    coded.appearance = *std::move(appearance);
  }
  absl::StatusOr<PictureFeatures> standardised = Standardise(options_.features, std::move(features), workers);
  if (!standardised.ok()) return standardised.status();
  absl::StatusOr<ResidualMaps> residuals = coder_->Code(*standardised, workers);
  if (!residuals.ok()) return residuals.status();
  coded.residuals = *std::move(residuals);
  return coded;
}

}  // namespace mlfsc
