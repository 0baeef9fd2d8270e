#include "core/coding/lasso.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "core/coding/atom_passes.h"

namespace mlfsc {
namespace {

// Relative to max|b|: far above what double rounding leaves after one Cholesky solve of a support that passed
// kDependent.
constexpr double kOptimality = 1e-9;

// An atom is dependent on those before it when less than this share of its squared length is its own.
constexpr double kDependent = 1e-11;

}  // namespace

LassoSolver::LassoSolver(absl::Span<const double> gram, int num_atoms, double alpha,
                         const Cancellation* cancellation)
    : gram_(gram),
      num_atoms_(num_atoms),
      alpha_(alpha),
      cancellation_(cancellation),
      factor_(static_cast<size_t>(num_atoms) * num_atoms),
      target_(num_atoms),
      slopes_(num_atoms) {}

// The factor's diagonal holds reciprocals.
//
// Returns false, and the position in the support, when an atom depends on those before it; the rows before it
// are then factorised, and its own row holds the forward substitution.
bool LassoSolver::Factorise(int* dependent) {
  const int n = static_cast<int>(support_.size());
  for (int i = factorised_; i < n; ++i) {
    double* row = &factor_[static_cast<size_t>(i) * num_atoms_];
    const double* gram_row = &gram_[static_cast<size_t>(support_[i]) * num_atoms_];
    double pivot = gram_row[support_[i]];
    const double own = pivot;
    for (int j = 0; j < i; ++j) {
      const double* other = &factor_[static_cast<size_t>(j) * num_atoms_];
      double sum = gram_row[support_[j]];
      for (int t = 0; t < j; ++t) sum -= row[t] * other[t];
      row[j] = sum * other[j];
      pivot -= row[j] * row[j];
    }
    if (pivot <= kDependent * own) {
      *dependent = i;
      return false;
    }
    row[i] = 1 / std::sqrt(pivot);
    factorised_ = i + 1;
  }
  return true;
}

void LassoSolver::SolveForSupport() {
  const int n = static_cast<int>(support_.size());
  for (int i = 0; i < n; ++i) {
    const double* row = &factor_[static_cast<size_t>(i) * num_atoms_];
    for (int j = 0; j < i; ++j) target_[i] -= row[j] * target_[j];
    target_[i] *= row[i];
  }
  for (int i = n - 1; i >= 0; --i) {
    const double* row = &factor_[static_cast<size_t>(i) * num_atoms_];
    target_[i] *= row[i];
    for (int j = 0; j < i; ++j) target_[j] -= row[j] * target_[i];
  }
}

void LassoSolver::Drop(int position, absl::Span<double> codes) {
  codes[support_[position]] = 0;
  support_.erase(support_.begin() + position);
  signs_.erase(signs_.begin() + position);
  factorised_ = std::min(factorised_, position);
}

// Moves along w with G w = 0, which leaves the patch as it is, in the direction that does not lengthen
// ||c||_1, until a code becomes zero.
void LassoSolver::LeaveDependentSupport(int dependent, absl::Span<double> codes) {
  // w = (-a, 1): the dependent atom is sum a_j d_j over those before it; L^T a = the forward substitution
  // that Factorise left in its row.
  const double* row = &factor_[static_cast<size_t>(dependent) * num_atoms_];
  std::vector<double>& w = target_;
  for (int i = dependent - 1; i >= 0; --i) {
    double sum = row[i];
    for (int j = i + 1; j < dependent; ++j) sum += factor_[static_cast<size_t>(j) * num_atoms_ + i] * w[j];
    w[i] = -sum * factor_[static_cast<size_t>(i) * num_atoms_ + i];
  }
  w[dependent] = 1;

  double slope = 0;
  for (int i = 0; i <= dependent; ++i) slope += signs_[i] * w[i];
  const double direction = slope > 0 ? -1 : 1;
  // One code at least goes towards zero: w is not all zeros.
  double shortest = std::numeric_limits<double>::infinity();
  int first = dependent;
  for (int i = 0; i <= dependent; ++i) {
    const double change = direction * w[i] * signs_[i];
    if (change >= 0) continue;
    const double length = std::abs(codes[support_[i]]) / -change;
    if (length < shortest) {
      shortest = length;
      first = i;
    }
  }
  for (int i = 0; i <= dependent; ++i) codes[support_[i]] += shortest * direction * w[i];
  Drop(first, codes);
}

// Minimises over the support with its signs; what would change sign on the way leaves the support.
void LassoSolver::Descend(absl::Span<const double> correlations, absl::Span<double> codes) {
  while (!support_.empty()) {
    int dependent = 0;
    if (!Factorise(&dependent)) {
      LeaveDependentSupport(dependent, codes);
      continue;
    }
    const int n = static_cast<int>(support_.size());
    for (int i = 0; i < n; ++i) target_[i] = correlations[support_[i]] - alpha_ * signs_[i];
    SolveForSupport();

    double step = 1;
    int first = -1;
    for (int i = 0; i < n; ++i) {
      const double code = codes[support_[i]];
      if (target_[i] * signs_[i] > 0) continue;
      const double length = code == target_[i] ? 0 : code / (code - target_[i]);
      if (first < 0 || length < step) {
        step = length;
        first = i;
      }
    }
    for (int i = 0; i < n; ++i) {
      double& code = codes[support_[i]];
      code += step * (target_[i] - code);
    }
    if (first < 0) return;
    Drop(first, codes);
  }
}

bool LassoSolver::Solve(absl::Span<const double> correlations, absl::Span<double> codes) {
  support_.clear();
  signs_.clear();
  factorised_ = 0;
  double largest = 0;
  for (int k = 0; k < num_atoms_; ++k) {
    largest = std::max(largest, std::abs(correlations[k]));
    if (codes[k] == 0) continue;
    support_.push_back(k);
    signs_.push_back(codes[k] > 0 ? 1 : -1);
  }
  const double limit = alpha_ + kOptimality * largest;
  const int max_steps = 16 * num_atoms_ + 64;
  for (steps_ = 0; steps_ < max_steps; ++steps_) {
    CheckCancelled(cancellation_);
    Descend(correlations, codes);
    SubtractWeightedRows(correlations, gram_, support_, codes, absl::MakeSpan(slopes_));
    const int entering = LargestMagnitude(slopes_);
    if (std::abs(slopes_[entering]) <= limit) return true;
    // Codes in use meet the condition, but for rounding that no further step would mend.
    if (codes[entering] != 0) return false;
    support_.push_back(entering);
    signs_.push_back(slopes_[entering] > 0 ? 1 : -1);
  }
  return false;
}

}  // namespace mlfsc
