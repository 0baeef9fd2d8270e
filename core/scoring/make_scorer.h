// The scorer that a category's options ask for.
#ifndef MLFSC_CORE_SCORING_MAKE_SCORER_H_
#define MLFSC_CORE_SCORING_MAKE_SCORER_H_

#include <memory>
#include <optional>

#include "absl/status/statusor.h"
#include "core/scoring/fusion.h"
#include "core/scoring/scorer.h"
#include "core/scoring/whitening.h"

namespace mlfsc {

// `whitening` is needed for kWhitened and kFused, `appearance` for kFused. InvalidArgument when one is missing or
// cannot be used.
absl::StatusOr<std::unique_ptr<Scorer>> MakeScorer(
    const ScoringOptions& options, const std::optional<WhiteningStatistics>& whitening,
    const std::optional<AppearanceStatistics>& appearance = std::nullopt);

}  // namespace mlfsc

#endif  // MLFSC_CORE_SCORING_MAKE_SCORER_H_
