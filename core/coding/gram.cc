#include "core/coding/gram.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace mlfsc {

namespace {

double Dot(const float* a, const float* b, int count) {
  // Sums side by side need not wait for one another.
  constexpr int kSums = 8;
  double sums[kSums] = {};
  int t = 0;
  for (; t + kSums <= count; t += kSums) {
    for (int i = 0; i < kSums; ++i) sums[i] += static_cast<double>(a[t + i]) * b[t + i];
  }
  for (; t < count; ++t) sums[0] += static_cast<double>(a[t]) * b[t];
  return std::accumulate(sums, sums + kSums, 0.0);
}

}  // namespace

std::vector<double> GramMatrix(const float* atoms, int num_atoms, int cells) {
  const size_t n = num_atoms;
  std::vector<double> gram(n * n);
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j <= i; ++j) {
      gram[i * n + j] = gram[j * n + i] = Dot(atoms + i * cells, atoms + j * cells, cells);
    }
  }
  return gram;
}

double SquaredResidual(double energy, absl::Span<const double> correlations, absl::Span<const double> slopes,
                       absl::Span<const double> codes) {
  double residual = energy;
  for (size_t k = 0; k < codes.size(); ++k) residual -= codes[k] * (correlations[k] + slopes[k]);
  return std::max(residual, 0.0);
}

}  // namespace mlfsc
