#include "core/coding/atom_update.h"

#include <algorithm>
#include <cmath>

namespace mlfsc {
namespace {

// Scales `values` to unit length; leaves zeros alone and says so.
bool Normalise(const double* values, int count, float* normalised) {
  double squared = 0;
  for (int t = 0; t < count; ++t) squared += values[t] * values[t];
  if (!(squared > 0)) return false;
  const double scale = 1 / std::sqrt(squared);
  for (int t = 0; t < count; ++t) normalised[t] = static_cast<float>(values[t] * scale);
  return true;
}

void AddVector(const std::vector<double>& other, std::vector<double>* sum) {
  for (size_t i = 0; i < sum->size(); ++i) (*sum)[i] += other[i];
}

}  // namespace

CodeStatistics::CodeStatistics(int num_atoms, int patch_cells)
    : atoms(num_atoms),
      cells(patch_cells),
      code_products(static_cast<size_t>(num_atoms) * num_atoms),
      code_patches(static_cast<size_t>(num_atoms) * patch_cells) {}

void CodeStatistics::Scale(double factor) {
  for (double& value : code_products) value *= factor;
  for (double& value : code_patches) value *= factor;
}

void CodeStatistics::Add(const CodeStatistics& other) {
  AddVector(other.code_products, &code_products);
  AddVector(other.code_patches, &code_patches);
}

void UpdateAtoms(const CodeStatistics& statistics, int passes, float* dictionary,
                 const Cancellation* cancellation) {
  const int cells = statistics.cells;
  std::vector<double> atom(cells);
  for (int pass = 0; pass < passes; ++pass) {
    for (int k = 0; k < statistics.atoms; ++k) {
      CheckCancelled(cancellation);
      const double* products = &statistics.code_products[static_cast<size_t>(k) * statistics.atoms];
      std::copy_n(&statistics.code_patches[static_cast<size_t>(k) * cells], cells, atom.begin());
      for (int j = 0; j < statistics.atoms; ++j) {
        if (j == k) continue;
        const float* other = dictionary + static_cast<size_t>(j) * cells;
        for (int t = 0; t < cells; ++t) atom[t] -= products[j] * other[t];
      }
      Normalise(atom.data(), cells, dictionary + static_cast<size_t>(k) * cells);
    }
  }
}

void ReplaceAtom(int atom, const float* patch, CodeStatistics* statistics, float* dictionary) {
  const int cells = statistics->cells;
  const std::vector<double> values(patch, patch + cells);
  float* replaced = dictionary + static_cast<size_t>(atom) * cells;
  if (!Normalise(values.data(), cells, replaced)) std::fill_n(replaced, cells, 0.0F);

  for (int j = 0; j < statistics->atoms; ++j) {
    statistics->code_products[static_cast<size_t>(atom) * statistics->atoms + j] = 0;
    statistics->code_products[static_cast<size_t>(j) * statistics->atoms + atom] = 0;
  }
  std::fill_n(&statistics->code_patches[static_cast<size_t>(atom) * cells], cells, 0.0);
}

}  // namespace mlfsc
