// Sparse coding in the most obvious way, in double precision: what the fast code is measured against.
#ifndef MLFSC_TESTS_CORE_CODING_NAIVE_CODING_H_
#define MLFSC_TESTS_CORE_CODING_NAIVE_CODING_H_

#include <cstdint>
#include <random>
#include <vector>

#include "absl/types/span.h"
#include "core/coding/patch_grid.h"

namespace mlfsc::testing {

// num_atoms atoms of unit length, normally distributed directions: [num_atoms, cells].
std::vector<float> RandomDictionary(std::mt19937_64& random, int num_atoms, int cells);

std::vector<float> RandomValues(std::mt19937_64& random, size_t count, double deviation = 1);

// Patch `index` of `grid` of a map `plane` [height, width], cells row by row.
std::vector<double> NaivePatch(const float* plane, int width, const PatchOptions& patches,
                               const PatchGrid& grid, int index);

// x - D^T c.
std::vector<double> NaiveRemainder(const std::vector<double>& patch, const float* dictionary, int num_atoms,
                                   const std::vector<double>& codes);

double SquaredNorm(const std::vector<double>& values);

// 1/2 ||x - D^T c||^2 + alpha ||c||_1.
double NaiveObjective(const std::vector<double>& patch, const float* dictionary, int num_atoms,
                      const std::vector<double>& codes, double alpha);

// How far `codes` are from meeting the optimality conditions of the Lasso: with g = D (x - D^T c), the
// largest of |g_k| - alpha where c_k = 0 and |g_k - alpha sign(c_k)| elsewhere, at least 0.
double OptimalityGap(const std::vector<double>& patch, const float* dictionary, int num_atoms,
                     const std::vector<double>& codes, double alpha);

// The minimum over all codes, by coordinate descent that goes on until nothing moves.
std::vector<double> NaiveLasso(const std::vector<double>& patch, const float* dictionary, int num_atoms,
                               double alpha);

// Orthogonal matching pursuit with each least-squares fit done anew by Gram-Schmidt.
std::vector<double> NaiveOmp(const std::vector<double>& patch, const float* dictionary, int num_atoms,
                             int nonzeros);

}  // namespace mlfsc::testing

#endif  // MLFSC_TESTS_CORE_CODING_NAIVE_CODING_H_
