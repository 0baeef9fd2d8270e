#include "core/training/folds.h"

#include <algorithm>
#include <utility>
#include <vector>

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

CopyGroups Groups(std::vector<int> of) {
  const int count = *std::max_element(of.begin(), of.end()) + 1;
  return {std::move(of), count};
}

TEST(FoldsTest, CopiesAreLeftOutTogether) {
  const Folds folds(Groups({0, 1, 0, 2, 3, 4, 5, 2, 2, 6}));
  EXPECT_EQ(folds.count(), 5);
  EXPECT_EQ(folds.Of(0), folds.Of(2));
  EXPECT_EQ(folds.Of(3), folds.Of(7));
  EXPECT_EQ(folds.Of(3), folds.Of(8));
}

TEST(FoldsTest, TheLargestGroupsComeFirstToTheFoldThatHasLeast) {
  // Groups of 1, 3, 1, 2, 1, 1: the three go to fold 0, the two to 1, then one each to 2, 3, 4 and again 2.
  const Folds folds(Groups({0, 1, 1, 1, 2, 3, 3, 4, 5}));
  std::vector<int> of;
  for (int picture = 0; picture < 9; ++picture) of.push_back(folds.Of(picture));
  EXPECT_THAT(of, ElementsAre(2, 0, 0, 0, 3, 1, 1, 4, 2));
}

TEST(FoldsTest, WithoutCopiesTheyAreByIndexWhateverTheirNumber) {
  for (int pictures = 1; pictures < 40; ++pictures) {
    const Folds folds(CopyGroups::None(pictures));
    EXPECT_EQ(folds.count(), std::min(5, pictures));
    for (int picture = 0; picture < pictures; ++picture)
      EXPECT_EQ(folds.Of(picture), picture % folds.count());
  }
}

TEST(FoldsTest, ThereAreAsManyAsIndependentPicturesWhenThoseAreFewer) {
  const Folds folds(Groups({0, 0, 0, 1, 1, 1, 1}));
  EXPECT_EQ(folds.count(), 2);
  EXPECT_THAT(folds.Without(folds.Of(0)), ElementsAre(3, 4, 5, 6));
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
