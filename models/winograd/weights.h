// Filters as the kernels read them.
#ifndef MLFSC_MODELS_WINOGRAD_WEIGHTS_H_
#define MLFSC_MODELS_WINOGRAD_WEIGHTS_H_

#include <vector>

#include "core/base/thread_pool.h"
#include "models/winograd/aligned_floats.h"

namespace mlfsc::winograd {

// G g G^T of each filter, computed in float64: [panels, inputs, 2 * lanes] as of Products. `filters`:
// [outputs, inputs, 3, 3], row-major; both numbers are multiples of 2 * Lanes(). 4 times the filters' size.
AlignedFloats TransformedFilters(const std::vector<float>& filters, int inputs, int outputs,
                                 ThreadPool* pool);

// The filters of FirstLayer. `filters`: [outputs, 3, 3, 3].
AlignedFloats FirstFilters(const std::vector<float>& filters, int outputs);

AlignedFloats Aligned(const std::vector<float>& values);

}  // namespace mlfsc::winograd

#endif  // MLFSC_MODELS_WINOGRAD_WEIGHTS_H_
