// The tensor coder on CPU tensors against core's coder.
#include "models/torch_residual_coder.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <ATen/Functions.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/features/feature_options.h"
#include "models/device_features.h"
#include "tests/core/coding/naive_coding.h"
#include "tests/testing/golden.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::GoldenFloats;
using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::RandomDictionary;
using ::mlfsc::testing::RandomValues;
using ::mlfsc::testing::ReadGolden;
using ::mlfsc::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;

// As the extractor on a GPU gives them, but in the host's memory.
PictureFeatures OnTorch(const std::vector<FeatureMap>& maps) {
  auto features = std::make_shared<TensorFeatures>();
  for (const FeatureMap& map : maps) {
    features->layers.push_back(
        {map.layer, at::tensor(at::ArrayRef<float>(map.values)).view({map.channels, map.height, map.width})});
  }
  return {{}, features};
}

// The border cut off and every channel standardised, in the most obvious way.
FeatureMap NaivelyStandardised(const FeatureMap& raw) {
  FeatureMap map{raw.layer,
                 raw.channels,
                 std::max(raw.height - 2 * kBorderCells, 0),
                 std::max(raw.width - 2 * kBorderCells, 0),
                 {}};
  for (int channel = 0; channel < raw.channels; ++channel) {
    std::vector<double> inner;
    for (int row = kBorderCells; row < raw.height - kBorderCells; ++row) {
      for (int column = kBorderCells; column < raw.width - kBorderCells; ++column) {
        inner.push_back(raw.plane(channel)[row * raw.width + column]);
      }
    }
    double sum = 0;
    for (const double value : inner) sum += value;
    const double mean = inner.empty() ? 0 : sum / static_cast<double>(inner.size());
    double squares = 0;
    for (const double value : inner) squares += (value - mean) * (value - mean);
    const double deviation =
        inner.size() > 1 ? std::sqrt(squares / static_cast<double>(inner.size() - 1)) : 0;
    for (const double value : inner) {
      map.values.push_back(deviation < 1e-5 ? 0 : static_cast<float>((value - mean) / deviation));
    }
  }
  return map;
}

FeatureMap RandomMap(std::mt19937_64& random, const std::string& layer, int channels, int height, int width) {
  FeatureMap map{layer, channels, height, width, RandomValues(random, size_t{1} * channels * height * width)};
  for (int channel = 0; channel < channels; ++channel) {
    for (size_t i = 0; i < map.plane_size(); ++i) map.plane(channel)[i] = 3 * map.plane(channel)[i] + channel;
  }
  return map;
}

LayerDictionaries RandomDictionaries(std::mt19937_64& random, const std::string& layer, int channels,
                                     int atoms, int patch_cells) {
  LayerDictionaries dictionaries{layer, channels, atoms, patch_cells, {}};
  for (int channel = 0; channel < channels; ++channel) {
    const std::vector<float> values = RandomDictionary(random, atoms, patch_cells);
    dictionaries.values.insert(dictionaries.values.end(), values.begin(), values.end());
  }
  return dictionaries;
}

// How far the coders may be apart on a patch: both sum `cells` float32 products, from standardised values
// that agree only to a rounding; and core's small coder stops where the optimality conditions hold to 2^-18
// of the correlations, which moves codes by that over the Gram matrix's smallest eigenvalue (a quarter for
// random dictionaries with at most a quarter as many atoms as cells) and the residual by twice alpha times
// that.
double Tolerance(int atoms, int cells, double squared_norm, const CodingOptions& coding) {
  const double rounding = 16 * cells * 0x1p-24 * squared_norm;
  const double norm = std::sqrt(squared_norm);
  const double move = 4 * atoms * 0x1p-18 * 2 * norm;
  return rounding + (coding.coder == Coder::kLasso ? 2 * std::min(coding.alpha, norm) * move : 0);
}

double LargestSquaredNorm(const FeatureMap& map, int channel, int cells) {
  double largest = 0;
  for (size_t i = 0; i < map.plane_size(); ++i) {
    largest = std::max(largest, std::pow(static_cast<double>(map.plane(channel)[i]), 2));
  }
  return largest * cells;
}

void ExpectCoresResiduals(const std::vector<FeatureMap>& raw, const Dictionaries& dictionaries,
                          const PatchOptions& patches, const CodingOptions& coding) {
  std::vector<FeatureMap> standardised;
  for (const FeatureMap& map : raw) standardised.push_back(NaivelyStandardised(map));
  const auto core = MakeResidualCoder(dictionaries, patches, coding);
  ASSERT_THAT(core, IsOk());
  const auto wanted = (*core)->Code({standardised, nullptr}, nullptr);
  ASSERT_THAT(wanted, IsOk());

  const auto torch = MakeTorchResidualCoder(dictionaries, patches, coding, "cpu");
  ASSERT_THAT(torch, IsOk());
  const auto found = (*torch)->Code(OnTorch(raw), nullptr);

  ASSERT_THAT(found, IsOk());
  ASSERT_EQ(found->size(), wanted->size());
  for (size_t layer = 0; layer < wanted->size(); ++layer) {
    const ResidualMap& a = (*wanted)[layer];
    const ResidualMap& b = (*found)[layer];
    EXPECT_EQ(b.layer, a.layer);
    EXPECT_EQ(b.channels, a.channels);
    EXPECT_EQ(b.grid.rows, a.grid.rows);
    EXPECT_EQ(b.grid.columns, a.grid.columns);
    ASSERT_EQ(b.values.size(), a.values.size());
    const int cells = patches.size * patches.size;
    for (size_t i = 0; i < a.values.size(); ++i) {
      const int channel = static_cast<int>(i) / a.grid.count();
      const double tolerance = Tolerance(dictionaries[layer].atoms, cells,
                                         LargestSquaredNorm(standardised[layer], channel, cells), coding);
      ASSERT_NEAR(b.values[i], a.values[i], tolerance) << a.layer << " channel " << channel << " value " << i;
    }
  }
}

CodingOptions Lasso(double alpha) { return {Coder::kLasso, alpha, 1}; }
CodingOptions Omp(int nonzeros) { return {Coder::kOmp, 1, nonzeros}; }

TEST(TorchResidualCoderTest, ResidualsAreCoresOverRandomShapes) {
  std::mt19937_64 random(1);
  std::uniform_int_distribution<int> channels(1, 6), size(2, 8), side(6, 30);
  for (int round = 0; round < 40; ++round) {
    PatchOptions patches;
    patches.size = size(random);
    patches.stride = std::uniform_int_distribution<int>(1, patches.size)(random);
    const int cells = patches.size * patches.size;
    std::uniform_int_distribution<int> atoms(1, std::min(cells / 4, 12));
    std::vector<FeatureMap> raw;
    Dictionaries dictionaries;
    for (const char* layer : {"deep", "shallow"}) {
      raw.push_back(RandomMap(random, layer, channels(random), side(random), side(random)));
      dictionaries.push_back(RandomDictionaries(random, layer, raw.back().channels, atoms(random), cells));
    }
    for (const CodingOptions& coding : {Lasso(0), Lasso(0.3), Lasso(1), Lasso(1e6), Omp(1), Omp(3)}) {
      ExpectCoresResiduals(raw, dictionaries, patches, coding);
    }
  }
}

TEST(TorchResidualCoderTest, OnePatchOrNoneIsAllowed) {
  std::mt19937_64 random(2);
  for (const int side : {12, 11, 4, 2}) {
    const FeatureMap raw = RandomMap(random, "l", 2, side, side);
    ExpectCoresResiduals({raw}, {RandomDictionaries(random, "l", 2, 5, 64)}, {8, 2}, Lasso(1));
  }
}

TEST(TorchResidualCoderTest, ConstantChannelsHaveNoResiduals) {
  std::mt19937_64 random(3);
  FeatureMap raw = RandomMap(random, "l", 3, 20, 20);
  std::fill_n(raw.plane(0), raw.plane_size(), 0.0F);
  std::fill_n(raw.plane(2), raw.plane_size(), 1234.567F);
  ExpectCoresResiduals({raw}, {RandomDictionaries(random, "l", 3, 5, 64)}, {8, 2}, Lasso(1));
}

TEST(TorchResidualCoderTest, DuplicateAtomsAndAtomsOfZerosAreAllowed) {
  std::mt19937_64 random(4);
  LayerDictionaries dictionaries = RandomDictionaries(random, "l", 2, 5, 64);
  std::copy_n(dictionaries.values.begin(), 64, dictionaries.values.begin() + 64);
  std::fill_n(dictionaries.values.begin() + 128, 64, 0.0F);
  const FeatureMap raw = RandomMap(random, "l", 2, 24, 20);
  for (const CodingOptions& coding : {Lasso(0), Lasso(1), Omp(5)}) {
    ExpectCoresResiduals({raw}, {dictionaries}, {8, 2}, coding);
  }
}

TEST(TorchResidualCoderTest, LargeDictionariesAreCodedOnTheHost) {
  std::mt19937_64 random(5);
  const FeatureMap raw = RandomMap(random, "l", 1, 20, 20);
  ExpectCoresResiduals({raw}, {RandomDictionaries(random, "l", 1, 80, 64)}, {8, 4}, Lasso(1));
}

TEST(TorchResidualCoderTest, ResidualsOfStandardisedFeaturesAreScikitLearns) {
  const SafetensorsFile golden = ReadGolden("scoring.safetensors");
  const LayerDictionaries dictionaries{"l", 16, 5, 64, GoldenFloats(golden, "dictionaries")};
  for (const std::string name : {"good", "defect"}) {
    // A border around what is standardised already: standardising again changes roundings only.
    const FeatureMap inner{"l", 16, 28, 28, GoldenFloats(golden, name + ".standardised")};
    FeatureMap raw{"l", 16, 32, 32, std::vector<float>(size_t{16} * 32 * 32, 77.0F)};
    for (int channel = 0; channel < 16; ++channel) {
      for (int row = 0; row < 28; ++row) {
        std::copy_n(inner.plane(channel) + static_cast<ptrdiff_t>(row) * 28, 28,
                    raw.plane(channel) + static_cast<ptrdiff_t>(row + 2) * 32 + 2);
      }
    }
    for (const auto& [coder, coding] : {std::pair("lasso", Lasso(1)), std::pair("omp", Omp(3))}) {
      const auto torch = MakeTorchResidualCoder({dictionaries}, {8, 2}, coding, "cpu");
      ASSERT_THAT(torch, IsOk());
      const auto residuals = (*torch)->Code(OnTorch({raw}), nullptr);
      ASSERT_THAT(residuals, IsOk());
      const std::vector<float> wanted = GoldenFloats(golden, name + "." + coder + ".errors");
      ASSERT_EQ((*residuals)[0].values.size(), wanted.size());
      for (size_t i = 0; i < wanted.size(); ++i) {
        // float32 sums of 64 cells, twice; ||x||^2 of the liveliest patch is under 1000.
        ASSERT_NEAR((*residuals)[0].values[i], wanted[i], 16 * 64 * 0x1p-24 * 1000)
            << coder << " patch " << i;
      }
    }
  }
}

TEST(TorchResidualCoderTest, FeaturesInTheHostsMemoryAreCoresOwn) {
  std::mt19937_64 random(6);
  const FeatureMap standardised = NaivelyStandardised(RandomMap(random, "l", 2, 20, 20));
  const Dictionaries dictionaries = {RandomDictionaries(random, "l", 2, 5, 64)};
  const auto core = MakeResidualCoder(dictionaries, {8, 2}, Lasso(1));
  const auto torch = MakeTorchResidualCoder(dictionaries, {8, 2}, Lasso(1), "cpu");
  ASSERT_THAT(core, IsOk());
  ASSERT_THAT(torch, IsOk());
  EXPECT_EQ((*torch)->Code({{standardised}, nullptr}, nullptr).value()[0].values,
            (*core)->Code({{standardised}, nullptr}, nullptr).value()[0].values);
}

TEST(TorchResidualCoderTest, LayersThatAreNotTheDictionariesAreRefused) {
  std::mt19937_64 random(7);
  const auto torch =
      MakeTorchResidualCoder({RandomDictionaries(random, "l", 2, 5, 64)}, {8, 2}, Lasso(1), "cpu");
  ASSERT_THAT(torch, IsOk());
  EXPECT_THAT((*torch)->Code(OnTorch({}), nullptr),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("0 layers")));
  EXPECT_THAT((*torch)->Code(OnTorch({RandomMap(random, "m", 2, 20, 20)}), nullptr),
              StatusIs(absl::StatusCode::kInvalidArgument, AllOf(HasSubstr("layer m"), HasSubstr("have l"))));
  EXPECT_THAT((*torch)->Code(OnTorch({RandomMap(random, "l", 3, 20, 20)}), nullptr),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("3 channels")));
}

TEST(TorchResidualCoderTest, FeaturesThatAreNotFiniteAreInternal) {
  std::mt19937_64 random(8);
  for (const int atoms : {5, 80}) {
    for (const CodingOptions& coding : {Lasso(1), Omp(3)}) {
      const auto torch =
          MakeTorchResidualCoder({RandomDictionaries(random, "l", 2, atoms, 64)}, {8, 2}, coding, "cpu");
      ASSERT_THAT(torch, IsOk());
      for (const float value :
           {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
        FeatureMap raw = RandomMap(random, "l", 2, 20, 20);
        raw.plane(1)[5 * 20 + 5] = value;
        EXPECT_THAT(
            (*torch)->Code(OnTorch({raw}), nullptr),
            StatusIs(absl::StatusCode::kInternal, AllOf(HasSubstr("layer l"), HasSubstr("not finite"))))
            << atoms << " atoms, " << value;
      }
    }
  }
}

TEST(TorchResidualCoderTest, DictionariesThatCoreRefusesAreRefused) {
  std::mt19937_64 random(9);
  EXPECT_THAT(MakeTorchResidualCoder({RandomDictionaries(random, "l", 2, 5, 49)}, {8, 2}, Lasso(1), "cpu"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("49")));
}

TEST(CodersForTest, DeviceNamesAreCheckedAsVgg16Does) {
  EXPECT_THAT(CodersFor("gpu"), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("gpu")));
  EXPECT_THAT(CodersFor("cuda:4096"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("cuda:4096")));
}

TEST(CodersForTest, OnTheCpuCoresCoderIsMade) {
  std::mt19937_64 random(10);
  const absl::StatusOr<ResidualCoderFactory> factory = CodersFor("cpu");
  ASSERT_THAT(factory, IsOk());
  const auto coder = (*factory)({RandomDictionaries(random, "l", 2, 5, 64)}, {8, 2}, Lasso(1));
  ASSERT_THAT(coder, IsOk());
  // Core's coder has no layer to show for features on a device.
  EXPECT_THAT((*coder)->Code(OnTorch({RandomMap(random, "l", 2, 20, 20)}), nullptr),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("0 layers")));
}

}  // namespace
}  // namespace mlfsc
