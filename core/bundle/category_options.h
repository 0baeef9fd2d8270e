// Everything that can be chosen for a category.
#ifndef MLFSC_CORE_BUNDLE_CATEGORY_OPTIONS_H_
#define MLFSC_CORE_BUNDLE_CATEGORY_OPTIONS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "core/coding/dictionary.h"
#include "core/coding/dictionary_learner.h"
#include "core/features/feature_options.h"
#include "core/image/input_picture.h"
#include "core/scoring/heatmap.h"
#include "core/scoring/scorer.h"

namespace mlfsc {

struct CategoryOptions {
  FeatureOptions features;
  // How pictures are brought to features.input_size. Apart from it: a batch may hold both kinds.
  ResizeMethod resize = ResizeMethod::kArea;
  PatchOptions patches;
  CodingOptions coding;
  LearningOptions learning;
  ScoringOptions scoring;
};

// The defaults of a feature source: the fused score; for `pixels` patches of 16 at stride 4, 200 atoms and the
// whitened score. Counts of top
// residuals and patches keep the default's share (5 and 20 of 121) of the coarsest layer's grid, at least 1.
// Call DefaultTopCounts again after changing input_size or patches; options that Validate would refuse are
// fine there.
CategoryOptions DefaultOptions(FeatureSource source, int input_size = 256);
void DefaultTopCounts(CategoryOptions* options);

// InvalidArgument that names the value and the limit. What passes has at least one patch a channel, and
// dictionaries and their Gram matrices of at most kMaxDictionaryValues each.
absl::Status Validate(const CategoryOptions& options);

// 128 MiB as float32.
inline constexpr int64_t kMaxDictionaryValues = int64_t{1} << 25;

// What to ask of the extractor: the features, and for kFused the appearance too.
FeatureOptions WantedFeatures(const CategoryOptions& options);

// How the category's patch maps lie on a picture: those of the coarsest layer; of kFused, single cells.
MapGeometry MapGeometryOf(const CategoryOptions& options);

}  // namespace mlfsc

#endif  // MLFSC_CORE_BUNDLE_CATEGORY_OPTIONS_H_
