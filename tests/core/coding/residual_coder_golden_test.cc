// The coding stage against scikit-learn's answers (tests/testdata/make_golden.py).
#include <cctype>
#include <cmath>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "core/coding/correlation.h"
#include "core/coding/patch_coder.h"
#include "core/coding/residual_coder.h"
#include "tests/testing/golden.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::GoldenFloats;
using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::ReadGolden;

// float32's unit roundoff.
constexpr double kEpsilon = 0x1p-24;

// How far a residual may lie from the exact one when ||x||^2, b and G carry float32 rounding: r = ||x||^2 -
// c.b - c.(b - G c), where each sum of n terms is off by at most n epsilon times the sum of its terms' sizes.
// Those sizes are within a small multiple of ||x||^2, whatever cancels; n is at most the patch's cells.
double ResidualTolerance(double squared_norm, int cells) { return 4 * cells * kEpsilon * squared_norm; }

struct Case {
  std::string tag;
  CodingOptions coding;
  std::string answer;
};

CodingOptions Lasso(double alpha) { return {Coder::kLasso, alpha, 1}; }
CodingOptions Omp(int nonzeros) { return {Coder::kOmp, 1, nonzeros}; }

class GoldenPatchesTest : public ::testing::TestWithParam<Case> {};

std::vector<Case> AllCases() {
  std::vector<Case> cases;
  for (const char* tag : {"small", "wide", "pixel"}) {
    cases.push_back({tag, Lasso(0.1), "lasso.alpha=0.1"});
    cases.push_back({tag, Lasso(1), "lasso.alpha=1.0"});
    cases.push_back({tag, Lasso(3), "lasso.alpha=3.0"});
    cases.push_back({tag, Omp(1), "omp.nonzeros=1"});
    cases.push_back({tag, Omp(3), "omp.nonzeros=3"});
  }
  return cases;
}

std::string CaseName(const ::testing::TestParamInfo<Case>& test) {
  std::string name = test.param.tag + "_" + test.param.answer;
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Golden, GoldenPatchesTest, ::testing::ValuesIn(AllCases()), CaseName);

TEST_P(GoldenPatchesTest, CodesAndResidualsAreScikitLearns) {
  const SafetensorsFile golden = ReadGolden("coding.safetensors");
  const std::vector<int64_t> shape = golden.tensors.at(GetParam().tag + ".dictionary").shape;
  const int atoms = static_cast<int>(shape[0]);
  const int cells = static_cast<int>(shape[1]);
  const int size = static_cast<int>(std::sqrt(cells));
  const std::vector<float> dictionary = GoldenFloats(golden, GetParam().tag + ".dictionary");
  const std::vector<float> patches = GoldenFloats(golden, GetParam().tag + ".patches");
  const std::string answer = absl::StrCat(GetParam().tag, ".", GetParam().answer);
  const std::vector<float> wanted_codes = GoldenFloats(golden, answer + ".codes");
  const std::vector<float> wanted_residuals = GoldenFloats(golden, answer + ".residual");

  // The patches below one another, so that the map's own patches at a stride of one patch are these.
  const int count = static_cast<int>(patches.size()) / cells;
  PatchBand band({size, size});
  band.Load(patches.data(), count * size, size, 0, count);
  const size_t pitch = PositionsPitch(band.positions());
  std::vector<float> codes(atoms * pitch), residuals(count);
  CodingScratch scratch;
  MakePatchCoder(dictionary.data(), atoms, cells, GetParam().coding)
      ->Code(band, &scratch, residuals.data(), codes.data());

  ASSERT_EQ(wanted_residuals.size(), residuals.size());
  for (int i = 0; i < count; ++i) {
    double squared_norm = 0;
    for (int t = 0; t < cells; ++t) squared_norm += std::pow(patches[i * cells + t], 2);
    ASSERT_NEAR(residuals[i], wanted_residuals[i], ResidualTolerance(squared_norm, cells)) << "patch " << i;
    // b is off by cells * epsilon * ||x|| at most; the Gram matrices of these supports of random atoms have
    // no eigenvalue below 1/32.
    const double tolerance = 32 * cells * kEpsilon * std::sqrt(squared_norm);
    for (int k = 0; k < atoms; ++k) {
      ASSERT_NEAR(codes[k * pitch + i], wanted_codes[i * atoms + k], tolerance) << "patch " << i;
    }
  }
}

class GoldenMapsTest : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Golden, GoldenMapsTest, ::testing::Values("good", "defect"));

TEST_P(GoldenMapsTest, ResidualsOfStandardisedFeaturesAreScikitLearns) {
  const SafetensorsFile golden = ReadGolden("scoring.safetensors");
  LayerDictionaries layer{"l", 16, 5, 64, GoldenFloats(golden, "dictionaries")};
  FeatureMap map{"l", 16, 28, 28, GoldenFloats(golden, GetParam() + ".standardised")};
  for (const auto& [name, coding] : {std::pair("lasso", Lasso(1)), std::pair("omp", Omp(3))}) {
    const auto coder = MakeResidualCoder({layer}, {8, 2}, coding);
    ASSERT_THAT(coder, IsOk());
    const auto residuals = (*coder)->Code({{map}, nullptr}, nullptr);
    ASSERT_THAT(residuals, IsOk());
    EXPECT_EQ((*residuals)[0].grid.rows, 11);
    EXPECT_EQ((*residuals)[0].grid.columns, 11);
    const std::vector<float> wanted = GoldenFloats(golden, absl::StrCat(GetParam(), ".", name, ".errors"));
    ASSERT_EQ((*residuals)[0].values.size(), wanted.size());
    for (size_t i = 0; i < wanted.size(); ++i) {
      // A patch of 64 standardised cells; ||x||^2 of the liveliest is under 1000.
      ASSERT_NEAR((*residuals)[0].values[i], wanted[i], ResidualTolerance(1000, 64))
          << name << " patch " << i;
    }
  }
}

}  // namespace
}  // namespace mlfsc
