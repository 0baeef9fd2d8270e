#include "core/scoring/make_scorer.h"

#include "absl/status/status.h"
#include "core/scoring/sum_scorer.h"
#include "core/scoring/whitened_scorer.h"

namespace mlfsc {

absl::StatusOr<std::unique_ptr<Scorer>> MakeScorer(const ScoringOptions& options,
                                                   const std::optional<WhiteningStatistics>& whitening) {
  if (options.method == ScoreMethod::kSum) return std::make_unique<SumScorer>(options.top_residuals);
  if (!whitening.has_value()) {
    return absl::InvalidArgumentError(
        "the whitened score needs the good pictures' statistics; there are none");
  }
  return WhitenedScorer::Make(*whitening, options.top_patches);
}

}  // namespace mlfsc
