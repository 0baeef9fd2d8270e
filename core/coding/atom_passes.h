// The two passes over all atoms that each step of an exact solver makes, vectorised.
#ifndef MLFSC_CORE_CODING_ATOM_PASSES_H_
#define MLFSC_CORE_CODING_ATOM_PASSES_H_

#include <cstddef>

#include "absl/types/span.h"

namespace mlfsc {

// result = start - sum_i weights[rows[i]] * matrix[rows[i]]. `matrix`: rows of result.size() values,
// row-major; `start`, `result`: of the same length; `weights`: one for each row of the matrix. Vectorised.
void SubtractWeightedRows(absl::Span<const double> start, absl::Span<const double> matrix,
                          absl::Span<const int> rows, absl::Span<const double> weights,
                          absl::Span<double> result);

// The position of the largest absolute value, the first of equals. `values`: not empty.
int LargestMagnitude(absl::Span<const double> values);

}  // namespace mlfsc

#endif  // MLFSC_CORE_CODING_ATOM_PASSES_H_
