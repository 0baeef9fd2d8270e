// Sparse coding in terms of the Gram matrix G = D D^T and the correlations b = D x: patches' cells are not
// needed any more.
#ifndef MLFSC_CORE_CODING_GRAM_H_
#define MLFSC_CORE_CODING_GRAM_H_

#include <vector>

#include "absl/types/span.h"

namespace mlfsc {

// G of a dictionary `atoms` [num_atoms, cells], row-major; the result is [num_atoms, num_atoms].
std::vector<double> GramMatrix(const float* atoms, int num_atoms, int cells);

// ||x - D^T c||^2 = ||x||^2 - c.b - c.(b - G c), at least 0. `energy`: ||x||^2; `correlations`: b; `slopes`:
// b - G c; `codes`: c.
double SquaredResidual(double energy, absl::Span<const double> correlations, absl::Span<const double> slopes,
                       absl::Span<const double> codes);

}  // namespace mlfsc

#endif  // MLFSC_CORE_CODING_GRAM_H_
