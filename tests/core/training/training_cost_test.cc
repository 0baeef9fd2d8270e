#include "core/training/training_cost.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/training/trainer.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(TrainingCostTest, TheDefaultsOfEverySizeThatAServerOffersPass) {
  for (const FeatureSource source :
       {FeatureSource::kPyramid, FeatureSource::kSinglePass, FeatureSource::kPixels}) {
    for (const int side : {128, 256, 512, 1024}) {
      const CategoryOptions options = DefaultOptions(source, side);
      ASSERT_THAT(Validate(options), IsOk());
      EXPECT_THAT(CheckTrainingCost(options), IsOk()) << side;
    }
  }
}

TEST(TrainingCostTest, WorkIsAtomsTimesPatchesTimesCellsAndAtoms) {
  // 61 x 61 patches of 16 x 16 pixels.
  EXPECT_EQ(CodingWork(DefaultOptions(FeatureSource::kPixels, 256)), int64_t{200} * 61 * 61 * (256 + 200));
  // 11 x 11 patches in each of 896 channels.
  EXPECT_EQ(CodingWork(DefaultOptions(FeatureSource::kPyramid, 256)), int64_t{5} * 896 * 11 * 11 * (64 + 5));
}

TEST(TrainingCostTest, AtomsForMorePatchesThanAnybodyWouldWaitForAreRefused) {
  CategoryOptions options = DefaultOptions(FeatureSource::kPixels, 1024);
  options.patches = {16, 1};
  options.learning.atoms = 512;
  ASSERT_THAT(Validate(options), IsOk());
  const auto refused = StatusIs(absl::StatusCode::kInvalidArgument,
                                AllOf(HasSubstr("512 atoms for the 1018081 patches of 256 cells"),
                                      HasSubstr("input_size 1024"), HasSubstr("the limit is 1.72e+10")));
  EXPECT_THAT(CheckTrainingCost(options), refused);
  EXPECT_THAT(Trainer::Create(options, {}), refused);
}

TEST(TrainingCostTest, AMiniBatchThatIsTooMuchForMemoryIsRefused) {
  CategoryOptions options = DefaultOptions(FeatureSource::kSinglePass, 1024);
  options.learning.batch_pictures = 64;
  ASSERT_THAT(Validate(options), IsOk());
  EXPECT_THAT(CheckTrainingCost(options),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("batch_pictures is 64"), HasSubstr("is 18"), HasSubstr("228.6 MB"))));
  options.learning.batch_pictures = 18;
  EXPECT_THAT(CheckTrainingCost(options), IsOk());
}

}  // namespace
}  // namespace mlfsc
