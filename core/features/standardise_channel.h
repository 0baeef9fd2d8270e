// One channel's standardisation, vectorised.
#ifndef MLFSC_CORE_FEATURES_STANDARDISE_CHANNEL_H_
#define MLFSC_CORE_FEATURES_STANDARDISE_CHANNEL_H_

#include <cstddef>

namespace mlfsc {

// Standardises `values` in place by their own mean and unbiased standard deviation, both in float64; all
// become 0 when they are constant to within kConstantShare (core/features/feature_extractor.h). Returns
// false, and leaves them as they are, when one is not finite. Thread-safe.
bool StandardiseChannel(float* values, size_t count);

}  // namespace mlfsc

#endif  // MLFSC_CORE_FEATURES_STANDARDISE_CHANNEL_H_
