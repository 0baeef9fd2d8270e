// Distances under the good pictures' statistics.
#ifndef MLFSC_CORE_SCORING_WHITENED_SCORER_H_
#define MLFSC_CORE_SCORING_WHITENED_SCORER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "core/scoring/log_residuals.h"
#include "core/scoring/scorer.h"
#include "core/scoring/whitening.h"

namespace mlfsc {

// The mean of the `top_patches` largest squared Mahalanobis distances (core/scoring/whitening.h). A layer's
// score is the same within its own block of the correlation matrix.
class WhitenedScorer : public Scorer {
 public:
  // InvalidArgument when shapes disagree, a value is not finite, a deviation is negative or too small to
  // divide by, or the matrix is not positive definite.
  static absl::StatusOr<std::unique_ptr<WhitenedScorer>> Make(const WhiteningStatistics& statistics,
                                                              int top_patches);
  ~WhitenedScorer() override;

  // All: channels as in the statistics.
  using Scorer::Score;
  PictureScore Score(const ResidualMaps& residuals, const AppearanceVectors& appearance,
                     Workers workers) const override;
  PictureScore Score(const PatchVectors& vectors, Workers workers) const;

  // The distance of each patch under the whole matrix, without the layers' own.
  PatchMap Distances(const PatchVectors& vectors, Workers workers) const;

 private:
  class Impl;
  explicit WhitenedScorer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_SCORING_WHITENED_SCORER_H_
