#include "tests/core/coding/naive_learner.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "core/coding/first_atoms.h"
#include "tests/core/coding/naive_coding.h"

namespace mlfsc::testing {

NaiveLearner::NaiveLearner(const PatchOptions& patches, int atoms, double alpha, int64_t channel)
    : patches_(patches),
      atoms_(atoms),
      cells_(patches.size * patches.size),
      alpha_(alpha),
      channel_(channel),
      dictionary_(atoms * cells_),
      past_products_(atoms * atoms),
      past_patches_(atoms * cells_),
      unused_(atoms) {}

void NaiveLearner::Update(const std::vector<const float*>& planes, int height, int width) {
  const PatchGrid grid = MakePatchGrid(patches_, height, width);
  if (updates_ == 0)
    ChooseFirstAtoms({planes, height, width}, patches_, atoms_, {0, channel_}, dictionary_.data());
  // Early mini-batches are coded twice; what is remembered weighs (s / t)^4.
  const int rounds = updates_ < 16 ? 2 : 1;
  const double weight = std::pow(updates_ / (updates_ + 1.0), 4);
  for (int round = 0; round < rounds; ++round) {
    std::vector<double> products = past_products_;
    std::vector<double> code_patches = past_patches_;
    for (double& value : products) value *= weight;
    for (double& value : code_patches) value *= weight;
    std::vector<bool> used(atoms_, false);
    // Worst first; of equals, the first.
    std::vector<std::tuple<double, size_t, int>> places;
    for (size_t picture = 0; picture < planes.size(); ++picture) {
      for (int i = 0; i < grid.count(); ++i) {
        const std::vector<double> patch = NaivePatch(planes[picture], width, patches_, grid, i);
        const std::vector<double> codes = NaiveLasso(patch, dictionary_.data(), atoms_, alpha_);
        for (int k = 0; k < atoms_; ++k) {
          if (codes[k] != 0) used[k] = true;
          for (int j = 0; j < atoms_; ++j) products[k * atoms_ + j] += codes[k] * codes[j];
          for (int t = 0; t < cells_; ++t) code_patches[k * cells_ + t] += codes[k] * patch[t];
        }
        const double residual = SquaredNorm(NaiveRemainder(patch, dictionary_.data(), atoms_, codes));
        places.emplace_back(-residual, picture, i);
      }
    }
    for (int pass = 0; pass < 2; ++pass) UpdateAtoms(products, code_patches);
    if (round < rounds - 1) continue;

    past_products_ = products;
    past_patches_ = code_patches;
    std::sort(places.begin(), places.end());
    auto next = places.begin();
    for (int k = 0; k < atoms_; ++k) {
      unused_[k] = used[k] ? 0 : unused_[k] + static_cast<int>(planes.size()) * grid.count();
      if (unused_[k] < 500 && !IsZero(k)) continue;
      const std::vector<double> patch =
          NaivePatch(planes[std::get<1>(*next)], width, patches_, grid, std::get<2>(*next));
      ++next;
      ++replaced_;
      unused_[k] = 0;
      const double length = std::sqrt(SquaredNorm(patch));
      for (int t = 0; t < cells_; ++t) {
        dictionary_[k * cells_ + t] = static_cast<float>(length > 0 ? patch[t] / length : 0);
        past_patches_[k * cells_ + t] = 0;
      }
      for (int j = 0; j < atoms_; ++j) past_products_[k * atoms_ + j] = past_products_[j * atoms_ + k] = 0;
    }
  }
  ++updates_;
}

// Mairal et al. 2010, algorithm 2.
void NaiveLearner::UpdateAtoms(const std::vector<double>& products, const std::vector<double>& patches) {
  for (int k = 0; k < atoms_; ++k) {
    if (products[k * atoms_ + k] <= 0) continue;
    std::vector<double> atom(patches.begin() + k * cells_, patches.begin() + (k + 1) * cells_);
    for (int j = 0; j < atoms_; ++j) {
      if (j == k) continue;
      for (int t = 0; t < cells_; ++t) atom[t] -= products[k * atoms_ + j] * dictionary_[j * cells_ + t];
    }
    const double length = std::sqrt(SquaredNorm(atom));
    if (length == 0) continue;
    for (int t = 0; t < cells_; ++t) dictionary_[k * cells_ + t] = static_cast<float>(atom[t] / length);
  }
}

bool NaiveLearner::IsZero(int atom) const {
  for (int t = 0; t < cells_; ++t) {
    if (dictionary_[atom * cells_ + t] != 0) return false;
  }
  return true;
}

}  // namespace mlfsc::testing
