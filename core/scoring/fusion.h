// Two views of a picture, one score.
//
// The residual view (whitening.h) asks how the picture is built: what small dictionaries cannot rebuild of
// channels that are standardised by the picture itself. The appearance view (appearance_vectors.h) asks what it
// looks like, by two measures that fail differently: `detail`, the squared Mahalanobis distance of each cell
// under a Gaussian of good cells, finds small strange things; `memory`, the squared distance of each window to
// the nearest one that was seen on good pictures (memory_bank.h), knows a product's several looks.
//
// Each measure's logarithm l is standardised by its middle and spread on good pictures out of fold:
// z = (l - middle) / spread. With z_appearance = (z_detail + z_memory) / 2, the fused score is
// exp(kLogUnit (z_appearance + kResidualWeight max(0, z_residual))).
#ifndef MLFSC_CORE_SCORING_FUSION_H_
#define MLFSC_CORE_SCORING_FUSION_H_

#include <vector>

#include "core/scoring/memory_bank.h"
#include "core/scoring/scorer.h"
#include "core/scoring/whitening.h"

namespace mlfsc {

// Equal weights suit the appearance view's two measures on every set that was tried. The residual view's weight
// is small, and it only ever adds: a picture that is built more regularly than most is no evidence against what
// can be seen on it, and a view that moves with a product's own pose must not drown the other.
inline constexpr double kResidualWeight = 0.1;
// Scales the logarithm for people: a good picture scores about 1, a threshold lies near 2.
inline constexpr double kLogUnit = 0.25;

// Middle and spread (above 0) of a measure's logarithms.
struct MeasureScale {
  float middle = 0;
  float spread = 1;
};

struct FusionScales {
  MeasureScale residual;
  MeasureScale detail;
  MeasureScale memory;
};

// What a bundle stores of the appearance view.
struct AppearanceStatistics {
  // Of cells.
  WhiteningStatistics detail;
  // Of windows.
  MemoryBank memory;
  FusionScales scales;
};

// One picture's measures before they are fused: means of the largest squared distances.
struct Measures {
  double residual = 0;
  double detail = 0;
  double memory = 0;
};

// ln x, with values below 1e-6 taken as 1e-6, as calibration does.
double MeasureLog(double measure);

struct FusedScore {
  double raw = 0;
  // "appearance", then "residual".
  std::vector<ViewScore> views;
};

FusedScore Fuse(const Measures& measures, const FusionScales& scales);

}  // namespace mlfsc

#endif  // MLFSC_CORE_SCORING_FUSION_H_
