// What a training may cost at most.
#ifndef MLFSC_CORE_TRAINING_TRAINING_COST_H_
#define MLFSC_CORE_TRAINING_TRAINING_COST_H_

#include <cstdint>

#include "absl/status/status.h"
#include "core/bundle/category_options.h"

namespace mlfsc {

// Multiplications that coding a picture may take: atoms x patches x (cells of a patch + atoms), its
// correlations and one step of each atom. About 10 s a picture on two cores, where the defaults take 0.01 to
// 0.2 s.
inline constexpr int64_t kMaxCodingWork = int64_t{1} << 34;

// Of the features of a mini-batch, which are in memory together: 4 GiB.
inline constexpr int64_t kMaxBatchBytes = int64_t{1} << 32;

// Of one picture, patches of all channels counted.
int64_t CodingWork(const CategoryOptions& options);

// InvalidArgument that names the values and the limit, for options that Validate accepts and nobody would
// wait for. Versions that were learnt with such options can still be loaded.
absl::Status CheckTrainingCost(const CategoryOptions& options);

}  // namespace mlfsc

#endif  // MLFSC_CORE_TRAINING_TRAINING_COST_H_
