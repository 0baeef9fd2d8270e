// Residuals of a picture to its score and map.
#ifndef MLFSC_CORE_SCORING_SCORER_H_
#define MLFSC_CORE_SCORING_SCORER_H_

#include <string>
#include <vector>

#include "core/base/workers.h"
#include "core/coding/dictionary.h"
#include "core/scoring/appearance_vectors.h"

namespace mlfsc {

enum class ScoreMethod {
  // Sum over channels of the largest patch residuals (the paper's).
  kSum,
  // Mean squared Mahalanobis distance of the largest patches under the good pictures' statistics.
  kWhitened,
  // kWhitened's residual view and the appearance view, fused (core/scoring/fusion.h). Not for pixels.
  kFused,
};

struct ScoringOptions {
  ScoreMethod method = ScoreMethod::kWhitened;
  // kSum: largest residuals of a channel that are added up.
  int top_residuals = 5;
  // kWhitened and the residual view of kFused: largest patches that the mean is taken of.
  int top_patches = 20;
  // Share of new good pictures that may score above the threshold.
  double false_alarm_rate = 0.01;
};

// One value for each patch position: what the heatmap is drawn from.
struct PatchMap {
  PatchGrid grid;
  // [grid.rows, grid.columns].
  std::vector<double> values;

  // 0 when there is no patch.
  double Max() const;
};

struct LayerScore {
  std::string layer;
  double score = 0;
  // [channels of the layer]. kSum: the channel's score; kWhitened: mean squared standardised value over the
  // picture's top patches.
  std::vector<double> channels;
};

// One view's share in a fused score: by how many deviations the view's log score lies above the middle of good
// pictures'.
struct ViewScore {
  std::string view;
  double deviations = 0;
};

struct PictureScore {
  double raw = 0;
  // kFused: "appearance" and "residual"; else empty.
  std::vector<ViewScore> views = {};
  // Deepest layer first.
  std::vector<LayerScore> layers;
  // kWhitened: the squared distance of each patch; kSum: residuals summed over channels; both on the coarsest
  // layer's grid. kFused: the appearance view's distance of each cell.
  PatchMap map;
};

// Immutable and thread-safe.
class Scorer {
 public:
  virtual ~Scorer() = default;
  // `appearance` is looked at by kFused alone. The result is the same with any `workers`. Throws
  // WorkCancelled.
  virtual PictureScore Score(const ResidualMaps& residuals, const AppearanceVectors& appearance,
                             Workers workers) const = 0;
  // Of a method that looks at residuals alone.
  PictureScore Score(const ResidualMaps& residuals, Workers workers) const {
    return Score(residuals, AppearanceVectors(), workers);
  }
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_SCORING_SCORER_H_
