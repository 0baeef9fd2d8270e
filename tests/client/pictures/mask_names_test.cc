#include "client/pictures/mask_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/pictures/picture_file.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace mlfsc::client {
namespace {

using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(MaskNamesTest, TheWordTellsWhoseMaskItIs) {
  for (const char* stem :
       {"000_mask", "000-mask", "000.mask", "000_MASK", "000_gt", "000_GT", "000_ground_truth",
        "000_groundtruth", "000_masks", "000_mask_2", "000_mask2", "000_gt-01"}) {
    EXPECT_EQ(PictureOfMask(stem, MaskPlace::kFolderOfMasks), "000") << stem;
    EXPECT_EQ(PictureOfMask(stem, MaskPlace::kBesidePictures), "000") << stem;
  }
  EXPECT_EQ(PictureOfMask("part_7_mask", MaskPlace::kBesidePictures), "part_7");
  EXPECT_EQ(PictureOfMask("000.png_mask", MaskPlace::kFolderOfMasks), "000.png");
}

TEST(MaskNamesTest, AmongPicturesOnlyPlainWordsCount) {
  for (const char* stem : {"000_label", "000_seg", "mask_000"}) {
    EXPECT_EQ(PictureOfMask(stem, MaskPlace::kFolderOfMasks), "000") << stem;
    EXPECT_EQ(PictureOfMask(stem, MaskPlace::kBesidePictures), std::nullopt) << stem;
  }
}

TEST(MaskNamesTest, OtherNamesAreNoMasks) {
  for (const char* stem : {"000", "mask", "_mask", "000mask", "gt", "000_1", "unmasked", "000_maskiert"}) {
    EXPECT_EQ(PictureOfMask(stem, MaskPlace::kFolderOfMasks), std::nullopt) << stem;
  }
}

class MaskFolderTest : public ::testing::Test {
 protected:
  std::string Path(const std::string& name) const { return temporary_.path() + "/" + name; }
  void Touch(const std::string& name) { ASSERT_THAT(WriteFile(Path(name), "x"), IsOk()); }

  TemporaryFolder temporary_;
};

TEST_F(MaskFolderTest, AnyPicturesEndingWillDo) {
  for (const char* name :
       {"0_mask.png", "1.PNG", "2_mask.bmp", "3.jpg", "4_mask.tif", "5.png.png", "note.txt"})
    Touch(name);
  MaskFolder folder = *MaskFolder::Open(temporary_.path());
  EXPECT_THAT(folder.MasksOf("0.jpg"), ElementsAre(Path("0_mask.png")));
  EXPECT_THAT(folder.MasksOf("1.png"), ElementsAre(Path("1.PNG")));
  EXPECT_THAT(folder.MasksOf("2.png"), ElementsAre(Path("2_mask.bmp")));
  EXPECT_THAT(folder.MasksOf("3.png"), ElementsAre(Path("3.jpg")));
  EXPECT_THAT(folder.MasksOf("4.png"), ElementsAre(Path("4_mask.tif")));
  EXPECT_THAT(folder.MasksOf("5.png"), ElementsAre(Path("5.png.png")));
  EXPECT_THAT(folder.MasksOf("6.png"), IsEmpty());
  EXPECT_THAT(folder.Unused(), IsEmpty());
}

TEST_F(MaskFolderTest, AFolderOfMasksIsTheirUnionAndSoAreNumberedOnes) {
  for (const char* name : {"0/000.png", "0/001.png", "0/readme.txt", "1_mask_0.png", "1_mask_1.png"})
    Touch(name);
  MaskFolder folder = *MaskFolder::Open(temporary_.path());
  EXPECT_THAT(folder.MasksOf("0.png"), ElementsAre(Path("0/000.png"), Path("0/001.png")));
  EXPECT_THAT(folder.MasksOf("1.png"), ElementsAre(Path("1_mask_0.png"), Path("1_mask_1.png")));
}

TEST_F(MaskFolderTest, WhatSaysMaskComesBeforeThePicturesOwnName) {
  for (const char* name : {"0.png", "0_mask.png"}) Touch(name);
  MaskFolder folder = *MaskFolder::Open(temporary_.path());
  EXPECT_THAT(folder.MasksOf("0.png"), ElementsAre(Path("0_mask.png")));
  EXPECT_THAT(folder.Unused(), IsEmpty()) << "it has its picture";
  EXPECT_THAT(folder.Seconds(), ElementsAre(Pair(Path("0.png"), Path("0_mask.png"))));
}

TEST_F(MaskFolderTest, WhatOnePictureDoesNotNeedMayBeAnothersMask) {
  for (const char* name : {"0.png", "0_mask.png", "0_mask_mask.png"}) Touch(name);
  MaskFolder folder = *MaskFolder::Open(temporary_.path());
  EXPECT_THAT(folder.MasksOf("0.png"), ElementsAre(Path("0_mask.png")));
  EXPECT_THAT(folder.MasksOf("0_mask.png"), ElementsAre(Path("0_mask_mask.png")));
  EXPECT_THAT(folder.Seconds(), ElementsAre(Pair(Path("0.png"), Path("0_mask.png"))));
}

TEST_F(MaskFolderTest, AFolderThatIsNotThereHasNone) {
  MaskFolder folder = *MaskFolder::Open(Path("none"));
  EXPECT_THAT(folder.MasksOf("0.png"), IsEmpty());
}

}  // namespace
}  // namespace mlfsc::client
