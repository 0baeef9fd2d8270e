// The paper's score: the sum over channels of their largest patch residuals.
#ifndef MLFSC_CORE_SCORING_SUM_SCORER_H_
#define MLFSC_CORE_SCORING_SUM_SCORER_H_

#include "core/scoring/scorer.h"

namespace mlfsc {

class SumScorer : public Scorer {
 public:
  // `top_residuals`: at least 1; a channel with fewer patches adds all of them.
  explicit SumScorer(int top_residuals) : top_residuals_(top_residuals) {}

  // In the map, layers with a finer grid are area-averaged (core/scoring/area_average.h).
  using Scorer::Score;
  PictureScore Score(const ResidualMaps& residuals, const AppearanceVectors& appearance,
                     Workers workers) const override;

 private:
  const int top_residuals_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_SCORING_SUM_SCORER_H_
