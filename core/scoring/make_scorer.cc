#include "core/scoring/make_scorer.h"

#include "absl/status/status.h"
#include "core/scoring/fused_scorer.h"
#include "core/scoring/sum_scorer.h"
#include "core/scoring/whitened_scorer.h"

namespace mlfsc {

absl::StatusOr<std::unique_ptr<Scorer>> MakeScorer(const ScoringOptions& options,
                                                   const std::optional<WhiteningStatistics>& whitening,
                                                   const std::optional<AppearanceStatistics>& appearance) {
  if (options.method == ScoreMethod::kSum) return std::make_unique<SumScorer>(options.top_residuals);
  if (!whitening.has_value()) {
    return absl::InvalidArgumentError(
        "the whitened score needs the good pictures' statistics; there are none");
  }
  if (options.method == ScoreMethod::kWhitened) return WhitenedScorer::Make(*whitening, options.top_patches);
  if (!appearance.has_value()) {
    return absl::InvalidArgumentError("the fused score needs the good pictures' appearance; there is none");
  }
  return FusedScorer::Make(*whitening, *appearance, options.top_patches);
}

}  // namespace mlfsc
