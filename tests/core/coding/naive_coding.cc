#include "tests/core/coding/naive_coding.h"

#include <algorithm>
#include <cmath>

namespace mlfsc::testing {
namespace {

double Dot(const std::vector<double>& a, const float* b) {
  double sum = 0;
  for (size_t t = 0; t < a.size(); ++t) sum += a[t] * b[t];
  return sum;
}

double Dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (size_t t = 0; t < a.size(); ++t) sum += a[t] * b[t];
  return sum;
}

}  // namespace

std::vector<float> RandomValues(std::mt19937_64& random, size_t count, double deviation) {
  std::normal_distribution<double> normal(0, deviation);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(normal(random));
  return values;
}

std::vector<float> RandomDictionary(std::mt19937_64& random, int num_atoms, int cells) {
  std::vector<float> atoms = RandomValues(random, static_cast<size_t>(num_atoms) * cells);
  for (int k = 0; k < num_atoms; ++k) {
    float* atom = &atoms[static_cast<size_t>(k) * cells];
    const std::vector<double> values(atom, atom + cells);
    const double length = std::sqrt(Dot(values, values));
    for (int t = 0; t < cells; ++t) atom[t] = static_cast<float>(values[t] / length);
  }
  return atoms;
}

std::vector<double> NaivePatch(const float* plane, int width, const PatchOptions& patches,
                               const PatchGrid& grid, int index) {
  std::vector<double> patch;
  const int top = index / grid.columns * patches.stride;
  const int left = index % grid.columns * patches.stride;
  for (int u = 0; u < patches.size; ++u) {
    for (int v = 0; v < patches.size; ++v) patch.push_back(plane[(top + u) * width + left + v]);
  }
  return patch;
}

std::vector<double> NaiveRemainder(const std::vector<double>& patch, const float* dictionary, int num_atoms,
                                   const std::vector<double>& codes) {
  std::vector<double> remainder = patch;
  for (int k = 0; k < num_atoms; ++k) {
    for (size_t t = 0; t < patch.size(); ++t) remainder[t] -= codes[k] * dictionary[k * patch.size() + t];
  }
  return remainder;
}

double SquaredNorm(const std::vector<double>& values) { return Dot(values, values); }

double NaiveObjective(const std::vector<double>& patch, const float* dictionary, int num_atoms,
                      const std::vector<double>& codes, double alpha) {
  double norm = 0;
  for (double code : codes) norm += std::abs(code);
  return 0.5 * SquaredNorm(NaiveRemainder(patch, dictionary, num_atoms, codes)) + alpha * norm;
}

double OptimalityGap(const std::vector<double>& patch, const float* dictionary, int num_atoms,
                     const std::vector<double>& codes, double alpha) {
  const std::vector<double> remainder = NaiveRemainder(patch, dictionary, num_atoms, codes);
  double gap = 0;
  for (int k = 0; k < num_atoms; ++k) {
    const double slope = Dot(remainder, dictionary + k * patch.size());
    if (codes[k] == 0) {
      gap = std::max(gap, std::abs(slope) - alpha);
    } else {
      gap = std::max(gap, std::abs(slope - std::copysign(alpha, codes[k])));
    }
  }
  return gap;
}

std::vector<double> NaiveLasso(const std::vector<double>& patch, const float* dictionary, int num_atoms,
                               double alpha) {
  std::vector<double> codes(num_atoms, 0.0);
  std::vector<double> remainder = patch;
  for (int sweep = 0; sweep < 100000; ++sweep) {
    double moved = 0;
    for (int k = 0; k < num_atoms; ++k) {
      const float* atom = dictionary + k * patch.size();
      double length = 0;
      for (size_t t = 0; t < patch.size(); ++t) length += static_cast<double>(atom[t]) * atom[t];
      if (length == 0) continue;
      const double whole = Dot(remainder, atom) + length * codes[k];
      const double code = std::copysign(std::max(std::abs(whole) - alpha, 0.0), whole) / length;
      for (size_t t = 0; t < patch.size(); ++t) remainder[t] += (codes[k] - code) * atom[t];
      moved = std::max(moved, std::abs(codes[k] - code));
      codes[k] = code;
    }
    if (moved < 1e-13) break;
  }
  return codes;
}

std::vector<double> NaiveOmp(const std::vector<double>& patch, const float* dictionary, int num_atoms,
                             int nonzeros) {
  // The support's atoms made orthonormal, and each of them in terms of the atoms themselves.
  std::vector<std::vector<double>> basis, mixes;
  std::vector<double> codes(num_atoms, 0.0);
  std::vector<double> remainder = patch;
  const double length = std::sqrt(SquaredNorm(patch));
  for (int step = 0; step < nonzeros; ++step) {
    int best = -1;
    double largest = 1e-6 * length;
    for (int k = 0; k < num_atoms; ++k) {
      const double correlation = std::abs(Dot(remainder, dictionary + k * patch.size()));
      if (correlation <= largest) continue;
      largest = correlation;
      best = k;
    }
    if (best < 0) break;
    std::vector<double> direction(dictionary + best * patch.size(), dictionary + (best + 1) * patch.size());
    std::vector<double> mix(num_atoms, 0.0);
    mix[best] = 1;
    for (size_t i = 0; i < basis.size(); ++i) {
      const double share = Dot(direction, basis[i]);
      for (size_t t = 0; t < direction.size(); ++t) direction[t] -= share * basis[i][t];
      for (int k = 0; k < num_atoms; ++k) mix[k] -= share * mixes[i][k];
    }
    const double own = std::sqrt(SquaredNorm(direction));
    if (own < 1e-6) break;
    for (double& value : direction) value /= own;
    for (double& value : mix) value /= own;
    const double code = Dot(remainder, direction);
    for (size_t t = 0; t < remainder.size(); ++t) remainder[t] -= code * direction[t];
    for (int k = 0; k < num_atoms; ++k) codes[k] += code * mix[k];
    basis.push_back(direction);
    mixes.push_back(mix);
  }
  return codes;
}

}  // namespace mlfsc::testing
