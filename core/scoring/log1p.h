// log(1 + x) of many numbers.
#ifndef MLFSC_CORE_SCORING_LOG1P_H_
#define MLFSC_CORE_SCORING_LOG1P_H_

#include "absl/types/span.h"

namespace mlfsc {

// result[i] = log(1 + x[i]) for x[i] >= 0, to within 2 units in the last place; `result` has x.size() places
// and may be x itself. Vectorised for the CPU that it runs on. Thread-safe.
void Log1p(absl::Span<const float> x, float* result);

}  // namespace mlfsc

#endif  // MLFSC_CORE_SCORING_LOG1P_H_
