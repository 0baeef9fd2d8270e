#include "core/training/folds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlfsc {
namespace {

using ::testing::ElementsAre;

TEST(FoldsTest, ThereAreFiveByIndexInOrderOfArrival) {
  const Folds folds(12);
  EXPECT_EQ(folds.count(), 5);
  EXPECT_EQ(folds.Of(0), 0);
  EXPECT_EQ(folds.Of(7), 2);
  EXPECT_THAT(folds.Without(1), ElementsAre(0, 2, 3, 4, 5, 7, 8, 9, 10));
}

TEST(FoldsTest, ThereAreAsManyAsPicturesWhenThoseAreFewer) {
  const Folds folds(2);
  EXPECT_EQ(folds.count(), 2);
  EXPECT_THAT(folds.Without(0), ElementsAre(1));
  EXPECT_THAT(folds.Without(1), ElementsAre(0));
}

TEST(FoldsTest, AllIsEveryPictureInOrder) { EXPECT_THAT(Folds(3).All(), ElementsAre(0, 1, 2)); }

TEST(FoldsTest, SmallDictionariesFromManyPatchesDoNotOverfit) {
  // 121 patches a picture and channel, 5 atoms: 500 patches are enough.
  const CategoryOptions options = DefaultOptions(FeatureSource::kPyramid);
  EXPECT_TRUE(DictionariesOverfit(options, 2));
  EXPECT_TRUE(DictionariesOverfit(options, 4));
  EXPECT_FALSE(DictionariesOverfit(options, 5));
}

TEST(FoldsTest, TheLayerWithTheFewestPatchesCounts) {
  EXPECT_TRUE(DictionariesOverfit(DefaultOptions(FeatureSource::kSinglePass), 4));
  EXPECT_FALSE(DictionariesOverfit(DefaultOptions(FeatureSource::kSinglePass), 5));
}

TEST(FoldsTest, LargeDictionariesOverfitWhateverThePictures) {
  EXPECT_TRUE(DictionariesOverfit(DefaultOptions(FeatureSource::kPixels), 10000));
  CategoryOptions options = DefaultOptions(FeatureSource::kPyramid);
  options.learning.atoms = 16;
  EXPECT_FALSE(DictionariesOverfit(options, 10000));
  options.learning.atoms = 17;
  EXPECT_TRUE(DictionariesOverfit(options, 10000));
}

}  // namespace
}  // namespace mlfsc
