// What a training will have on disk, by its options.
#ifndef MLFSC_CORE_TRAINING_SPOOL_SIZE_H_
#define MLFSC_CORE_TRAINING_SPOOL_SIZE_H_

#include <cstdint>
#include <vector>

#include "core/bundle/category_options.h"
#include "core/features/feature_map.h"

namespace mlfsc {

// Bytes a picture, 4 for each value: float32 as the network gave it and as scoring will see it. In 16 bits
// dictionaries and limits would be learnt from other numbers than those that are scored.
struct SpoolSize {
  // The standardised maps: channels x height x width of each layer.
  int64_t features = 0;
  // kFused: cells and windows of the appearance view.
  int64_t appearance = 0;
  // A residual for each patch of each channel. They come after learning, with dictionaries that all pictures
  // share: never with more than 16 atoms, nor while pictures are few (DictionariesOverfit).
  int64_t residuals = 0;

  // Before learning, and at most.
  int64_t added() const { return features + appearance; }
  int64_t total() const { return added() + residuals; }
};

// Of options that Validate accepts.
SpoolSize SpoolSizeOf(const CategoryOptions& options);

// The shapes of what is spooled, all values 0.
std::vector<FeatureMap> SpooledFeatures(const FeatureOptions& options);
std::vector<ResidualMap> SpooledResiduals(const CategoryOptions& options);

}  // namespace mlfsc

#endif  // MLFSC_CORE_TRAINING_SPOOL_SIZE_H_
