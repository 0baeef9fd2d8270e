#include "core/coding/omp.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "core/coding/atom_passes.h"

namespace mlfsc {
namespace {

// Of max|b|: what is left of a patch that the support explains fully. The correlations come from float32
// sums, so smaller ones are rounding.
constexpr double kExplained = 1e-6;

// An atom is dependent on the support when less than this share of its squared length is its own.
constexpr double kDependent = 1e-9;

}  // namespace

OmpSolver::OmpSolver(absl::Span<const double> gram, int num_atoms, int nonzeros)
    : gram_(gram),
      num_atoms_(num_atoms),
      nonzeros_(std::min(nonzeros, num_atoms)),
      factor_(static_cast<size_t>(nonzeros_) * nonzeros_),
      solution_(nonzeros_),
      slopes_(num_atoms) {}

// Adds a row to the Cholesky factor; false when the atom depends on the support.
bool OmpSolver::Append(int atom) {
  const int n = static_cast<int>(support_.size());
  const double* gram_row = &gram_[static_cast<size_t>(atom) * num_atoms_];
  double* row = &factor_[static_cast<size_t>(n) * nonzeros_];
  double pivot = gram_row[atom];
  for (int j = 0; j < n; ++j) {
    const double* other = &factor_[static_cast<size_t>(j) * nonzeros_];
    double sum = gram_row[support_[j]];
    for (int t = 0; t < j; ++t) sum -= row[t] * other[t];
    row[j] = sum * other[j];
    pivot -= row[j] * row[j];
  }
  if (pivot <= kDependent * gram_row[atom]) return false;
  row[n] = 1 / std::sqrt(pivot);
  support_.push_back(atom);
  return true;
}

void OmpSolver::Solve(absl::Span<const double> correlations, absl::Span<double> codes) {
  std::fill(codes.begin(), codes.end(), 0.0);
  std::copy(correlations.begin(), correlations.end(), slopes_.begin());
  support_.clear();
  double explained = 0;
  for (double b : correlations) explained = std::max(explained, kExplained * std::abs(b));

  while (static_cast<int>(support_.size()) < nonzeros_) {
    const int best = LargestMagnitude(slopes_);
    if (std::abs(slopes_[best]) <= explained || !Append(best)) return;

    const int n = static_cast<int>(support_.size());
    for (int i = 0; i < n; ++i) {
      const double* row = &factor_[static_cast<size_t>(i) * nonzeros_];
      double sum = correlations[support_[i]];
      for (int j = 0; j < i; ++j) sum -= row[j] * solution_[j];
      solution_[i] = sum * row[i];
    }
    for (int i = n - 1; i >= 0; --i) {
      const double* row = &factor_[static_cast<size_t>(i) * nonzeros_];
      solution_[i] *= row[i];
      for (int j = 0; j < i; ++j) solution_[j] -= row[j] * solution_[i];
    }
    for (int i = 0; i < n; ++i) codes[support_[i]] = solution_[i];
    SubtractWeightedRows(correlations, gram_, support_, codes, absl::MakeSpan(slopes_));
  }
}

}  // namespace mlfsc
