// The vectors that the appearance view of a picture is scored by.
//
// The residual view standardises every channel by the picture's own mean and deviation; how strong a feature
// is, which for objects is most of what can be seen, is lost there. The appearance view keeps it: features of
// the picture at full size, after the ReLU, area-averaged to one grid of cells, an eighth of the input a side,
// kBorderCells cut off each side.
#ifndef MLFSC_CORE_SCORING_APPEARANCE_VECTORS_H_
#define MLFSC_CORE_SCORING_APPEARANCE_VECTORS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "core/coding/patch_grid.h"
#include "core/features/feature_map.h"
#include "core/features/feature_options.h"
#include "core/scoring/patch_vectors.h"

namespace mlfsc {

// Cells a side of a window, and from one to the next: windows do not overlap.
inline constexpr int kWindowCells = 2;

struct AppearanceVectors {
  // One for each cell, of the layers that see detail: conv3_3, then conv2_2.
  PatchVectors cells;
  // One for each window of kWindowCells x kWindowCells cells, their mean, of all layers, deepest first.
  PatchVectors windows;
};

// The grid of cells that is left of the border, and that of the windows on it. `options.source` is not
// kPixels.
PatchGrid AppearanceCells(const FeatureOptions& options);
PatchGrid AppearanceWindows(const FeatureOptions& options);

// Vectors of the right size, all zero.
AppearanceVectors AppearanceShape(const FeatureOptions& options);

// From PictureFeatures::appearance. Internal when the layers are not kAppearanceLayers on the grid of
// `options`, or a value is not finite: a backend that failed must not pass for a good picture. Thread-safe.
absl::StatusOr<AppearanceVectors> MakeAppearanceVectors(const FeatureOptions& options,
                                                        const std::vector<FeatureMap>& maps);

}  // namespace mlfsc

#endif  // MLFSC_CORE_SCORING_APPEARANCE_VECTORS_H_
