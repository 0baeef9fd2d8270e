// The fused score of a picture, and the appearance view's map.
#ifndef MLFSC_CORE_SCORING_FUSED_SCORER_H_
#define MLFSC_CORE_SCORING_FUSED_SCORER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "core/scoring/fusion.h"
#include "core/scoring/scorer.h"
#include "core/scoring/whitened_scorer.h"
#include "core/scoring/whitening.h"

namespace mlfsc {

// The three measures (fusion.h) and their fusion. The map has a value for each cell: ln(1 + g), g being the
// geometric mean of the cell's squared distance and that of the windows around it, interpolated (bilinear). A
// logarithm, because a strong defect is a thousand times as far as a faint one, and half its height, where its
// region ends, should still be the defect's edge.
class FusedScorer : public Scorer {
 public:
  // InvalidArgument as WhitenedScorer::Make and NearestNeighbours::Make, or when a spread is not above 0.
  static absl::StatusOr<std::unique_ptr<FusedScorer>> Make(const WhiteningStatistics& residual,
                                                           const AppearanceStatistics& appearance,
                                                           int top_patches);

  using Scorer::Score;
  // Both: channels as in the statistics. The score's layers are the residual view's.
  PictureScore Score(const ResidualMaps& residuals, const AppearanceVectors& appearance,
                     Workers workers) const override;

  // What is known before there are scales; `score` has all of a PictureScore but `raw` and `views`.
  struct Measured {
    Measures measures;
    PictureScore score;
  };
  Measured Measure(const ResidualMaps& residuals, const AppearanceVectors& appearance, Workers workers) const;

 private:
  FusedScorer(std::unique_ptr<WhitenedScorer> residual, std::unique_ptr<WhitenedScorer> detail,
              NearestNeighbours memory, const FusionScales& scales);

  const std::unique_ptr<WhitenedScorer> residual_;
  // Makes no mean of its own: it is asked for the map alone.
  const std::unique_ptr<WhitenedScorer> detail_;
  const NearestNeighbours memory_;
  const FusionScales scales_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_SCORING_FUSED_SCORER_H_
