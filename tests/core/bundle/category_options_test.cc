#include "core/bundle/category_options.h"

#include <functional>
#include <limits>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(CategoryOptionsTest, DefaultsAreValidForEverySourceAndSize) {
  for (const FeatureSource source :
       {FeatureSource::kPyramid, FeatureSource::kSinglePass, FeatureSource::kPixels}) {
    for (const int input_size : {96, 256, 512, 2048}) {
      EXPECT_THAT(Validate(DefaultOptions(source, input_size)), IsOk()) << input_size;
    }
  }
}

TEST(CategoryOptionsTest, TheDefaultCountsAreFiveAndTwentyOfOneHundredAndTwentyOnePatches) {
  const CategoryOptions options = DefaultOptions(FeatureSource::kPyramid);
  EXPECT_EQ(options.scoring.top_residuals, 5);
  EXPECT_EQ(options.scoring.top_patches, 20);
}

TEST(CategoryOptionsTest, OtherGridsKeepTheDefaultShare) {
  // 512 pixels: 60 cells, 27 x 27 = 729 patches; 5 and 20 of 121 are 30.1 and 120.5 of them.
  const CategoryOptions large = DefaultOptions(FeatureSource::kPyramid, 512);
  EXPECT_EQ(large.scoring.top_residuals, 30);
  EXPECT_EQ(large.scoring.top_patches, 120);
  // 96 pixels: 8 cells, one patch.
  const CategoryOptions small = DefaultOptions(FeatureSource::kPyramid, 96);
  EXPECT_EQ(small.scoring.top_residuals, 1);
  EXPECT_EQ(small.scoring.top_patches, 1);
}

TEST(CategoryOptionsTest, PixelsHaveDefaultsOfTheirOwn) {
  const CategoryOptions options = DefaultOptions(FeatureSource::kPixels);
  EXPECT_EQ(options.patches.size, 16);
  EXPECT_EQ(options.patches.stride, 4);
  EXPECT_EQ(options.learning.atoms, 200);
  EXPECT_EQ(options.coding.alpha, 1);
  // 61 x 61 = 3721 patches; 5 and 20 of 121 are 153.8 and 615.04 of them.
  EXPECT_EQ(options.scoring.top_residuals, 154);
  EXPECT_EQ(options.scoring.top_patches, 615);
}

TEST(CategoryOptionsTest, DefaultCountsOfOptionsWithoutPatchesAreOne) {
  CategoryOptions options;
  options.patches = {0, 0};
  DefaultTopCounts(&options);
  EXPECT_EQ(options.scoring.top_residuals, 1);
  options.patches = {8, 0};
  DefaultTopCounts(&options);
  EXPECT_EQ(options.scoring.top_patches, 1);
}

TEST(CategoryOptionsTest, AnInputBeyondEveryLimitHasCountsTooAndIsRefused) {
  for (const int input_size : {261'163, std::numeric_limits<int>::max(), std::numeric_limits<int>::min()}) {
    for (const FeatureSource source : {FeatureSource::kPyramid, FeatureSource::kPixels}) {
      CategoryOptions options = DefaultOptions(source, input_size);
      options.patches = {1, 1};
      DefaultTopCounts(&options);
      EXPECT_GE(options.scoring.top_patches, 1);
      EXPECT_THAT(Validate(options),
                  StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("input_size is")));
    }
  }
}

TEST(CategoryOptionsTest, TheMapOfVgg16IsAnEighthOfTheInputWithABorderOfTwoCells) {
  for (const FeatureSource source : {FeatureSource::kPyramid, FeatureSource::kSinglePass}) {
    CategoryOptions options = DefaultOptions(source, 512);
    options.scoring.method = ScoreMethod::kWhitened;
    const MapGeometry geometry = MapGeometryOf(options);
    EXPECT_EQ(geometry.map_cells, 64);
    EXPECT_EQ(geometry.border, 2);
    EXPECT_EQ(geometry.patches.size, 8);
    EXPECT_EQ(geometry.patches.stride, 2);
    // Of single cells.
    options.scoring.method = ScoreMethod::kFused;
    const MapGeometry fused = MapGeometryOf(options);
    EXPECT_EQ(fused.map_cells, 64);
    EXPECT_EQ(fused.border, 2);
    EXPECT_EQ(fused.patches.size, 1);
    EXPECT_EQ(fused.patches.stride, 1);
  }
}

TEST(CategoryOptionsTest, TheMapOfPixelsIsTheInputWithoutABorder) {
  const MapGeometry geometry = MapGeometryOf(DefaultOptions(FeatureSource::kPixels, 256));
  EXPECT_EQ(geometry.map_cells, 256);
  EXPECT_EQ(geometry.border, 0);
}

TEST(CategoryOptionsTest, TheMapIsThatOfTheCoarsestLayer) {
  for (const FeatureSource source :
       {FeatureSource::kPyramid, FeatureSource::kSinglePass, FeatureSource::kPixels}) {
    const CategoryOptions options = DefaultOptions(source);
    const MapGeometry geometry = MapGeometryOf(options);
    EXPECT_EQ(geometry.map_cells - 2 * geometry.border, StandardisedShapes(options.features)[0].width);
  }
}

TEST(CategoryOptionsTest, OnlyTheFusedScoreWantsTheAppearance) {
  CategoryOptions options = DefaultOptions(FeatureSource::kPyramid, 512);
  EXPECT_EQ(options.scoring.method, ScoreMethod::kFused);
  EXPECT_TRUE(WantedFeatures(options).appearance);
  EXPECT_EQ(WantedFeatures(options).input_size, 512);
  options.scoring.method = ScoreMethod::kWhitened;
  EXPECT_FALSE(WantedFeatures(options).appearance);
}

TEST(CategoryOptionsTest, PixelsCannotBeFused) {
  CategoryOptions options = DefaultOptions(FeatureSource::kPixels);
  options.scoring.method = ScoreMethod::kFused;
  EXPECT_THAT(Validate(options), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("pixels are scored by")));
}

TEST(CategoryOptionsTest, LassoMayHaveFewerAtomsThanOmpWouldUse) {
  CategoryOptions options = DefaultOptions(FeatureSource::kPyramid);
  options.learning.atoms = 2;
  EXPECT_THAT(Validate(options), IsOk());
}

struct Unusable {
  const char* name;
  std::function<void(CategoryOptions*)> change;
  const char* value;
  const char* limit;
};

class UnusableOptionsTest : public ::testing::TestWithParam<Unusable> {};

TEST_P(UnusableOptionsTest, AreRefusedWithValueAndLimit) {
  CategoryOptions options = DefaultOptions(FeatureSource::kPyramid);
  GetParam().change(&options);
  EXPECT_THAT(Validate(options), StatusIs(absl::StatusCode::kInvalidArgument,
                                          AllOf(HasSubstr(GetParam().value), HasSubstr(GetParam().limit))));
}

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
using Options = CategoryOptions;

INSTANTIATE_TEST_SUITE_P(
    Each, UnusableOptionsTest,
    ::testing::Values(
        Unusable{"InputTooSmall", [](Options* o) { o->features.input_size = 0; }, "input_size is 0", "32 to"},
        Unusable{"InputTooLarge", [](Options* o) { o->features.input_size = 2080; }, "2080", "2048"},
        Unusable{"InputNoMultiple", [](Options* o) { o->features.input_size = 250; }, "250",
                 "multiple of 32"},
        Unusable{"PatchTooSmall", [](Options* o) { o->patches.size = 1; }, "patch_size is 1", "2 to 32"},
        Unusable{"PatchTooLarge", [](Options* o) { o->patches.size = 33; }, "patch_size is 33", "2 to 32"},
        Unusable{"PatchBeyondTheMap", [](Options* o) { o->patches.size = 29; }, "patch_size is 29",
                 "28 cells"},
        Unusable{"NoStride", [](Options* o) { o->patches.stride = 0; }, "stride is 0", "1 to 8"},
        Unusable{"StrideBeyondThePatch", [](Options* o) { o->patches.stride = 9; }, "stride is 9", "1 to 8"},
        Unusable{"NoAtoms", [](Options* o) { o->learning.atoms = 0; }, "atoms is 0", "1 to 512"},
        Unusable{"TooManyAtoms", [](Options* o) { o->learning.atoms = 513; }, "atoms is 513", "1 to 512"},
        Unusable{"TooManyValues", [](Options* o) { o->learning.atoms = 512; }, "234881024", "33554432"},
        Unusable{"NegativeAlpha", [](Options* o) { o->coding.alpha = -0.5; }, "alpha is -0.5", "0 to 1000"},
        Unusable{"AlphaNotANumber", [](Options* o) { o->coding.alpha = kNan; }, "alpha is nan", "0 to 1000"},
        Unusable{"NoNonzeros", [](Options* o) { o->coding.nonzeros = 0; }, "nonzeros is 0", "1 to 16"},
        Unusable{"NonzerosBeyondTheAtoms",
                 [](Options* o) {
                   o->coding.coder = Coder::kOmp;
                   o->coding.nonzeros = 6;
                 },
                 "nonzeros is 6", "1 to 5"},
        Unusable{"NoTopResiduals", [](Options* o) { o->scoring.top_residuals = 0; }, "is 0", "1 to 121"},
        Unusable{"TooManyTopPatches", [](Options* o) { o->scoring.top_patches = 122; }, "is 122", "1 to 121"},
        Unusable{"NoFalseAlarms", [](Options* o) { o->scoring.false_alarm_rate = 0; }, "rate is 0", "0.2"},
        Unusable{"OnlyFalseAlarms", [](Options* o) { o->scoring.false_alarm_rate = 1; }, "rate is 1", "0.2"},
        Unusable{"NoEpochs", [](Options* o) { o->learning.epochs = 0; }, "epochs is 0", "1 to 100"},
        Unusable{"TooManyEpochs", [](Options* o) { o->learning.epochs = 101; }, "epochs is 101", "1 to 100"},
        Unusable{"NoBatch", [](Options* o) { o->learning.batch_pictures = 0; }, "is 0", "1 to 64"}),
    [](const ::testing::TestParamInfo<Unusable>& unusable) { return unusable.param.name; });

}  // namespace
}  // namespace mlfsc
