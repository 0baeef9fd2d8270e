// The batched solves against scikit-learn's answers and naive loops.
#include "models/tensor_coding.h"

#include <cmath>
#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include <ATen/Functions.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/coding/dictionary.h"
#include "tests/core/coding/naive_coding.h"
#include "tests/testing/golden.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::GoldenFloats;
using ::mlfsc::testing::NaiveOmp;
using ::mlfsc::testing::NaiveRemainder;
using ::mlfsc::testing::OptimalityGap;
using ::mlfsc::testing::RandomDictionary;
using ::mlfsc::testing::RandomValues;
using ::mlfsc::testing::ReadGolden;
using ::mlfsc::testing::SquaredNorm;

// Patches of several channels, each channel with a dictionary of its own.
struct Problem {
  int channels = 0;
  int atoms = 0;
  int cells = 0;
  int patches = 0;
  // [channels, atoms, cells] and [channels, patches, cells].
  std::vector<float> dictionaries;
  std::vector<float> values;

  const float* dictionary(int channel) const {
    return &dictionaries[static_cast<size_t>(channel) * atoms * cells];
  }
  std::vector<double> patch(int channel, int index) const {
    const float* first = &values[(static_cast<size_t>(channel) * patches + index) * cells];
    return {first, first + cells};
  }
};

Problem RandomProblem(std::mt19937_64& random, int channels, int atoms, int cells, int patches) {
  Problem problem{channels, atoms, cells, patches, {}, {}};
  for (int channel = 0; channel < channels; ++channel) {
    const std::vector<float> dictionary = RandomDictionary(random, atoms, cells);
    problem.dictionaries.insert(problem.dictionaries.end(), dictionary.begin(), dictionary.end());
  }
  problem.values = RandomValues(random, static_cast<size_t>(channels) * patches * cells);
  return problem;
}

at::Tensor Tensor64(const std::vector<float>& values, at::IntArrayRef shape) {
  return at::tensor(at::ArrayRef<float>(values), at::kFloat).view(shape).to(at::kDouble);
}

struct Products {
  // b and G, as the functions take them.
  at::Tensor correlations;
  at::Tensor gram;
};

Products ProductsOf(const Problem& problem) {
  const at::Tensor atoms = Tensor64(problem.dictionaries, {problem.channels, problem.atoms, problem.cells});
  const at::Tensor patches = Tensor64(problem.values, {problem.channels, problem.patches, problem.cells});
  return {at::bmm(atoms, patches.transpose(1, 2)), at::bmm(atoms, atoms.transpose(1, 2))};
}

std::vector<double> CodesOf(const at::Tensor& codes, int channel, int patch) {
  const at::Tensor row = codes.select(0, channel).select(1, patch).contiguous();
  return {row.data_ptr<double>(), row.data_ptr<double>() + row.numel()};
}

double At(const at::Tensor& values, int channel, int patch) {
  return values.select(0, channel).select(0, patch).item<double>();
}

// What float64 leaves of ||x||^2 less the explained energy: sums of up to `cells` products, each within a
// small multiple of ||x||^2.
double Rounding(const Problem& problem, double squared_norm) {
  return 16 * problem.cells * 0x1p-53 * squared_norm;
}

void ExpectLassoIsSolved(const Problem& problem, double alpha) {
  const auto [correlations, gram] = ProductsOf(problem);
  const at::Tensor codes = SolveLasso(correlations, gram, alpha);
  const at::Tensor energy = ExplainedEnergy(correlations, gram, codes);
  for (int channel = 0; channel < problem.channels; ++channel) {
    for (int p = 0; p < problem.patches; ++p) {
      const std::vector<double> patch = problem.patch(channel, p);
      const std::vector<double> code = CodesOf(codes, channel, p);
      const double squared_norm = SquaredNorm(patch);
      const double largest = correlations.select(0, channel).select(1, p).abs().max().item<double>();
      EXPECT_LE(OptimalityGap(patch, problem.dictionary(channel), problem.atoms, code, alpha),
                1e-9 * largest + Rounding(problem, std::sqrt(squared_norm)))
          << "channel " << channel << " patch " << p;
      const double residual =
          SquaredNorm(NaiveRemainder(patch, problem.dictionary(channel), problem.atoms, code));
      EXPECT_NEAR(squared_norm - At(energy, channel, p), residual, Rounding(problem, squared_norm));
    }
  }
}

TEST(SolveLassoTest, OptimalityConditionsHoldForRandomProblems) {
  std::mt19937_64 random(1);
  for (const auto& [channels, atoms, cells, patches] :
       {std::tuple(1, 1, 1, 1), std::tuple(3, 5, 64, 121), std::tuple(2, 12, 16, 30),
        std::tuple(2, 32, 64, 20)}) {
    const Problem problem = RandomProblem(random, channels, atoms, cells, patches);
    for (const double alpha : {0.1, 1.0, 3.0, 1e6}) ExpectLassoIsSolved(problem, alpha);
  }
}

TEST(SolveLassoTest, WithoutPenaltyItIsLeastSquares) {
  std::mt19937_64 random(2);
  ExpectLassoIsSolved(RandomProblem(random, 3, 5, 64, 50), 0);
}

TEST(SolveLassoTest, NearlyDependentAtomsAreSolvedAllTheSame) {
  std::mt19937_64 random(3);
  Problem problem = RandomProblem(random, 2, 6, 64, 40);
  // Atoms that differ from one another by a thousandth: coordinate descent would need a million sweeps.
  for (int channel = 0; channel < problem.channels; ++channel) {
    float* const atoms = &problem.dictionaries[static_cast<size_t>(channel) * 6 * 64];
    for (int atom = 1; atom < 6; ++atom) {
      for (int cell = 0; cell < 64; ++cell) {
        atoms[atom * 64 + cell] = atoms[cell] + 0.001F * atoms[atom * 64 + cell];
      }
    }
  }
  for (const double alpha : {0.01, 0.1, 1.0}) ExpectLassoIsSolved(problem, alpha);
}

TEST(SolveLassoTest, DuplicateAtomsAndAtomsOfZerosAreAllowed) {
  std::mt19937_64 random(4);
  Problem problem = RandomProblem(random, 1, 5, 16, 30);
  std::copy_n(problem.dictionaries.begin(), 16, problem.dictionaries.begin() + 16);
  std::fill_n(problem.dictionaries.begin() + 32, 16, 0.0F);
  for (const double alpha : {0.0, 0.1, 1.0}) ExpectLassoIsSolved(problem, alpha);
}

TEST(SolveLassoTest, NoPatchesGiveNoCodes) {
  std::mt19937_64 random(5);
  const auto [correlations, gram] = ProductsOf(RandomProblem(random, 2, 5, 16, 0));
  EXPECT_EQ(SolveLasso(correlations, gram, 1).numel(), 0);
  EXPECT_EQ(PursuedEnergy(correlations, gram, 3).numel(), 0);
}

void ExpectPursuit(const Problem& problem, int nonzeros) {
  const auto [correlations, gram] = ProductsOf(problem);
  const at::Tensor energy = PursuedEnergy(correlations, gram, nonzeros);
  for (int channel = 0; channel < problem.channels; ++channel) {
    for (int p = 0; p < problem.patches; ++p) {
      const std::vector<double> patch = problem.patch(channel, p);
      const float* dictionary = problem.dictionary(channel);
      const std::vector<double> code = NaiveOmp(patch, dictionary, problem.atoms, nonzeros);
      const double squared_norm = SquaredNorm(patch);
      // An orthogonalisation step divides by the share of an atom that is its own, some tenths here.
      EXPECT_NEAR(squared_norm - At(energy, channel, p),
                  SquaredNorm(NaiveRemainder(patch, dictionary, problem.atoms, code)),
                  100 * Rounding(problem, squared_norm))
          << "channel " << channel << " patch " << p << " nonzeros " << nonzeros;
    }
  }
}

TEST(PursuedEnergyTest, IsTheNaivePursuitsForRandomProblems) {
  std::mt19937_64 random(6);
  for (const auto& [channels, atoms, cells, patches] :
       {std::tuple(1, 1, 1, 1), std::tuple(3, 5, 64, 121), std::tuple(2, 12, 64, 30)}) {
    const Problem problem = RandomProblem(random, channels, atoms, cells, patches);
    for (const int nonzeros : {1, 3, 5, 100}) ExpectPursuit(problem, nonzeros);
  }
}

TEST(PursuedEnergyTest, DuplicateAtomsAndAtomsOfZerosAreAllowed) {
  std::mt19937_64 random(7);
  Problem problem = RandomProblem(random, 1, 5, 16, 30);
  std::copy_n(problem.dictionaries.begin(), 16, problem.dictionaries.begin() + 16);
  std::fill_n(problem.dictionaries.begin() + 32, 16, 0.0F);
  for (const int nonzeros : {1, 3, 5}) ExpectPursuit(problem, nonzeros);
}

TEST(PursuedEnergyTest, PatchesThatAtomsExplainFullyHaveNoResidual) {
  std::mt19937_64 random(8);
  Problem problem = RandomProblem(random, 1, 5, 64, 3);
  std::fill_n(problem.values.begin(), 64, 0.0F);
  for (int cell = 0; cell < 64; ++cell) {
    problem.values[64 + cell] = 3 * problem.dictionaries[cell];
    problem.values[128 + cell] = 3 * problem.dictionaries[cell] - 2 * problem.dictionaries[64 + cell];
  }
  ExpectPursuit(problem, 5);
}

class GoldenTest : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Golden, GoldenTest, ::testing::Values("small", "wide", "pixel"));

TEST_P(GoldenTest, ResidualsAreScikitLearns) {
  const SafetensorsFile golden = ReadGolden("coding.safetensors");
  const std::string& tag = GetParam();
  const std::vector<int64_t> shape = golden.tensors.at(tag + ".dictionary").shape;
  Problem problem{1,
                  static_cast<int>(shape[0]),
                  static_cast<int>(shape[1]),
                  static_cast<int>(golden.tensors.at(tag + ".patches").shape[0]),
                  GoldenFloats(golden, tag + ".dictionary"),
                  GoldenFloats(golden, tag + ".patches")};
  const auto [correlations, gram] = ProductsOf(problem);
  const auto expect = [&, first = &problem](const at::Tensor& energy, const std::string& answer) {
    const std::vector<float> wanted = GoldenFloats(golden, tag + "." + answer + ".residual");
    for (int p = 0; p < first->patches; ++p) {
      const double squared_norm = SquaredNorm(first->patch(0, p));
      // scikit-learn solved what was then rounded to float32: patches and atoms move by 2^-24 of their size
      // each.
      EXPECT_NEAR(squared_norm - At(energy, 0, p), wanted[p], 4 * first->cells * 0x1p-24 * squared_norm)
          << answer << " patch " << p;
    }
  };
  for (const auto& [alpha, answer] : {std::pair(0.1, "lasso.alpha=0.1"), std::pair(1.0, "lasso.alpha=1.0"),
                                      std::pair(3.0, "lasso.alpha=3.0")}) {
    expect(ExplainedEnergy(correlations, gram, SolveLasso(correlations, gram, alpha)), answer);
  }
  expect(PursuedEnergy(correlations, gram, 1), "omp.nonzeros=1");
  expect(PursuedEnergy(correlations, gram, 3), "omp.nonzeros=3");
}

}  // namespace
}  // namespace mlfsc
