// Many small sparse-coding problems at once, as LibTorch tensor operations in float64: so little work next to
// the correlations that precision costs nothing. Everything runs on the device of its arguments. Functions
// throw LibTorch's exceptions and are thread-safe.
//
// `correlations`: b = D x, [channels, atoms, patches]. `gram`: G = D D^T, [channels, atoms, atoms]. All
// float64.
#ifndef MLFSC_MODELS_TENSOR_CODING_H_
#define MLFSC_MODELS_TENSOR_CODING_H_

#include <ATen/core/Tensor.h>

namespace mlfsc {

// The codes argmin_c 1/2 c^T G c - b^T c + alpha ||c||_1 of each patch, which is the Lasso of MLF-SC's eq. 1:
// [channels, atoms, patches]. The optimality conditions hold to 1e-9 max|b|: |b - G c| <= alpha where c is 0,
// b - G c = alpha sign(c) elsewhere.
//
// Coordinate descent (Friedman, Hastie, Hoefling, Tibshirani, "Pathwise coordinate optimization", 2007) on
// all patches, until the conditions hold; the few patches with nearly dependent atoms for which that takes
// long are finished by core's active-set solver on the host.
at::Tensor SolveLasso(const at::Tensor& correlations, const at::Tensor& gram, double alpha);

// By how much ||x||^2 exceeds the squared residual of `codes`: 2 c.b - c^T G c, [channels, patches].
at::Tensor ExplainedEnergy(const at::Tensor& correlations, const at::Tensor& gram, const at::Tensor& codes);

// The same of orthogonal matching pursuit with up to `nonzeros` atoms a patch. A pursuit ends early when
// nothing is left that an atom could explain, or the best atom depends on those taken before, as core's does.
//
// Codes are never formed: with q_j the j-th atom taken made orthonormal to those before it, it is the sum of
// (q_j.x)^2, and the products q_j.d_k that are needed follow from G alone.
at::Tensor PursuedEnergy(const at::Tensor& correlations, const at::Tensor& gram, int nonzeros);

}  // namespace mlfsc

#endif  // MLFSC_MODELS_TENSOR_CODING_H_
