// The passes of dictionary learning over spooled pictures.
#ifndef MLFSC_CORE_TRAINING_LEARNING_H_
#define MLFSC_CORE_TRAINING_LEARNING_H_

#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/workers.h"
#include "core/bundle/category_options.h"
#include "core/coding/dictionary.h"
#include "core/features/feature_map.h"
#include "core/training/map_spool.h"

namespace mlfsc {

using FeatureSpool = MapSpool<FeatureMap>;

// Learns from the pictures of `spool` (standardised features) that `pictures` names, at least one: `epochs`
// passes in mini-batches of `batch_pictures`, the last of a pass perhaps smaller, in an order that the seed
// shuffles anew for each pass. After each mini-batch `report` is told how many pictures it had and their mean
// objective; an error from it ends the learning. Deterministic, whatever the threads of `workers`. Throws
// WorkCancelled, also within a mini-batch.
absl::StatusOr<Dictionaries> LearnDictionaries(const CategoryOptions& options, const FeatureSpool& spool,
                                               std::vector<int64_t> pictures, Workers workers,
                                               absl::FunctionRef<absl::Status(int64_t, double)> report);

}  // namespace mlfsc

#endif  // MLFSC_CORE_TRAINING_LEARNING_H_
