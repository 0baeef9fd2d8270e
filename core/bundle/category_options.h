// Everything that can be chosen for a category.
#ifndef MLFSC_CORE_BUNDLE_CATEGORY_OPTIONS_H_
#define MLFSC_CORE_BUNDLE_CATEGORY_OPTIONS_H_

#include "absl/status/status.h"
#include "core/coding/dictionary.h"
#include "core/coding/dictionary_learner.h"
#include "core/features/feature_options.h"
#include "core/scoring/heatmap.h"
#include "core/scoring/scorer.h"

namespace mlfsc {

struct CategoryOptions {
  FeatureOptions features;
  PatchOptions patches;
  CodingOptions coding;
  LearningOptions learning;
  ScoringOptions scoring;
};

// The defaults of a feature source: for `pixels` patches of 16 at stride 4, 200 atoms. Counts of top
// residuals and patches keep the default's share (5 and 20 of 121) of the coarsest layer's grid, at least 1.
// Call DefaultTopCounts again after changing input_size or patches.
CategoryOptions DefaultOptions(FeatureSource source, int input_size = 256);
void DefaultTopCounts(CategoryOptions* options);

// InvalidArgument that names the value and the limit.
absl::Status Validate(const CategoryOptions& options);

// How the category's patch maps lie on a picture.
MapGeometry MapGeometryOf(const CategoryOptions& options);

}  // namespace mlfsc

#endif  // MLFSC_CORE_BUNDLE_CATEGORY_OPTIONS_H_
