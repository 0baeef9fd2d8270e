#include "core/coding/residual_coder.h"

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/thread_pool.h"
#include "tests/core/coding/naive_coding.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::StatusIs;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::FloatNear;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const PatchOptions kPatches{8, 2};

class ResidualCoderTest : public ::testing::Test {
 protected:
  LayerDictionaries Dictionary(const std::string& name, int channels, int atoms, int cells = 64) {
    LayerDictionaries layer{name, channels, atoms, cells, {}};
    for (int c = 0; c < channels; ++c) {
      const std::vector<float> dictionary = testing::RandomDictionary(random_, atoms, cells);
      layer.values.insert(layer.values.end(), dictionary.begin(), dictionary.end());
    }
    return layer;
  }
  FeatureMap Map(const std::string& name, int channels, int height, int width) {
    return {name, channels, height, width,
            testing::RandomValues(random_, static_cast<size_t>(channels) * height * width)};
  }

  std::mt19937_64 random_{1};
};

TEST_F(ResidualCoderTest, CodesEveryChannelOfEveryLayerAgainstItsOwnDictionary) {
  const Dictionaries dictionaries{Dictionary("deep", 7, 5), Dictionary("shallow", 3, 4)};
  const PictureFeatures features{{Map("deep", 7, 20, 17), Map("shallow", 3, 80, 90)}, nullptr};
  const auto coder = MakeResidualCoder(dictionaries, kPatches, {});
  ASSERT_THAT(coder, IsOk());
  const auto residuals = (*coder)->Code(features, nullptr);
  ASSERT_THAT(residuals, IsOk());
  ASSERT_EQ(residuals->size(), 2U);
  for (size_t l = 0; l < 2; ++l) {
    const FeatureMap& map = features.maps[l];
    const ResidualMap& residual = (*residuals)[l];
    const PatchGrid grid = MakePatchGrid(kPatches, map.height, map.width);
    EXPECT_EQ(residual.layer, map.layer);
    EXPECT_EQ(residual.channels, map.channels);
    EXPECT_EQ(residual.grid.rows, grid.rows);
    EXPECT_EQ(residual.grid.columns, grid.columns);
    ASSERT_EQ(residual.values.size(), static_cast<size_t>(map.channels) * grid.count());
    for (int c = 0; c < map.channels; ++c) {
      const float* dictionary = dictionaries[l].dictionary(c);
      for (int i = 0; i < grid.count(); ++i) {
        const std::vector<double> patch = testing::NaivePatch(map.plane(c), map.width, kPatches, grid, i);
        const std::vector<double> codes = testing::NaiveLasso(patch, dictionary, dictionaries[l].atoms, 1);
        const double wanted =
            testing::SquaredNorm(testing::NaiveRemainder(patch, dictionary, dictionaries[l].atoms, codes));
        // float32 sums of 64 cells.
        ASSERT_NEAR(residual.plane(c)[i], wanted, 4 * 64 * 0x1p-24 * testing::SquaredNorm(patch));
      }
    }
  }
}

TEST_F(ResidualCoderTest, TheNumberOfThreadsChangesNoByte) {
  const Dictionaries dictionaries{Dictionary("deep", 90, 5), Dictionary("shallow", 2, 30)};
  const PictureFeatures features{{Map("deep", 90, 28, 28), Map("shallow", 2, 60, 60)}, nullptr};
  for (const Coder kind : {Coder::kLasso, Coder::kOmp}) {
    const auto coder = MakeResidualCoder(dictionaries, kPatches, {kind, 1, 3});
    ASSERT_THAT(coder, IsOk());
    const auto alone = (*coder)->Code(features, nullptr);
    ASSERT_THAT(alone, IsOk());
    for (int threads : {0, 1, 5}) {
      ThreadPool pool(threads);
      const auto together = (*coder)->Code(features, &pool);
      ASSERT_THAT(together, IsOk());
      for (size_t l = 0; l < 2; ++l) EXPECT_EQ((*together)[l].values, (*alone)[l].values);
    }
  }
}

TEST_F(ResidualCoderTest, AMapSmallerThanAPatchHasNoResiduals) {
  const auto coder = MakeResidualCoder({Dictionary("l", 2, 5)}, kPatches, {});
  ASSERT_THAT(coder, IsOk());
  const auto residuals = (*coder)->Code({{Map("l", 2, 7, 30)}, nullptr}, nullptr);
  ASSERT_THAT(residuals, IsOk());
  EXPECT_EQ((*residuals)[0].grid.count(), 0);
  EXPECT_TRUE((*residuals)[0].values.empty());
}

TEST_F(ResidualCoderTest, FeaturesOfOtherLayersOrChannelsAreRefused) {
  const auto coder = MakeResidualCoder({Dictionary("l", 2, 5)}, kPatches, {});
  ASSERT_THAT(coder, IsOk());
  EXPECT_THAT((*coder)->Code({}, nullptr),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("0 layers")));
  EXPECT_THAT((*coder)->Code({{Map("other", 2, 28, 28)}, nullptr}, nullptr),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("other")));
  EXPECT_THAT(
      (*coder)->Code({{Map("l", 3, 28, 28)}, nullptr}, nullptr),
      StatusIs(absl::StatusCode::kInvalidArgument, AllOf(HasSubstr("3 channels"), HasSubstr("of 2"))));
  FeatureMap cut = Map("l", 2, 28, 28);
  cut.values.pop_back();
  EXPECT_THAT((*coder)->Code({{cut}, nullptr}, nullptr),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("1567 values")));
}

TEST_F(ResidualCoderTest, DictionariesThatDoNotFitAreRefused) {
  const auto refuses = [](const LayerDictionaries& layer, const std::string& why) {
    EXPECT_THAT(MakeResidualCoder({layer}, kPatches, {}),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(why)));
  };
  refuses(Dictionary("l", 2, 5, 49), "atoms of 49 cells; patches are 8x8");
  LayerDictionaries cut = Dictionary("l", 2, 5);
  cut.values.pop_back();
  refuses(cut, "639 values");
  refuses({"l", 0, 5, 64, {}}, "0 channels");
  LayerDictionaries infinite = Dictionary("l", 2, 5);
  infinite.values[70] = std::numeric_limits<float>::infinity();
  refuses(infinite, "not finite");
}

TEST_F(ResidualCoderTest, TheSmallestDictionaryAndOptionsAreAllowed) {
  // One atom of one cell, which explains all of each patch.
  for (const CodingOptions& coding : {CodingOptions{Coder::kLasso, 0, 0}, {Coder::kOmp, 1, 1}}) {
    const auto coder = MakeResidualCoder({{"l", 1, 1, 1, {1}}}, {1, 1}, coding);
    ASSERT_THAT(coder, IsOk());
    const auto residuals = (*coder)->Code({{Map("l", 1, 3, 5)}, nullptr}, nullptr);
    ASSERT_THAT(residuals, IsOk());
    EXPECT_THAT((*residuals)[0].values, AllOf(SizeIs(15), Each(FloatNear(0, 1e-6F))));
  }
}

TEST_F(ResidualCoderTest, OptionsOutOfRangeAreRefused) {
  const auto refuses = [this](const PatchOptions& patches, const CodingOptions& coding,
                              const std::string& why) {
    EXPECT_THAT(MakeResidualCoder({Dictionary("l", 1, 5, patches.size * patches.size)}, patches, coding),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(why)));
  };
  refuses({8, 0}, {}, "stride 0");
  refuses({8, 9}, {}, "size 8 at stride 9");
  refuses({8, 2}, {Coder::kLasso, -1, 3}, "alpha -1");
  refuses({8, 2}, {Coder::kLasso, std::nan(""), 3}, "alpha nan");
  refuses({8, 2}, {Coder::kOmp, 1, 0}, "0 nonzeros");
}

}  // namespace
}  // namespace mlfsc
