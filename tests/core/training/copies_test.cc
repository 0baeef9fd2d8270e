#include "core/training/copies.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/training/training_pictures.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::FlatInput;
using ::mlfsc::testing::TakenAgain;
using ::mlfsc::testing::WovenInput;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

constexpr int kSize = 256;

std::vector<int> GroupsOf(const std::vector<InputPicture>& pictures) {
  std::vector<PictureSignature> signatures;
  for (const InputPicture& picture : pictures) signatures.push_back(SignatureOf(picture));
  const CopyGroups groups = GroupCopies(signatures);
  EXPECT_EQ(groups.count, groups.of.empty() ? 0 : *std::max_element(groups.of.begin(), groups.of.end()) + 1);
  return groups.of;
}

std::vector<int> AllIndependent(size_t count) { return CopyGroups::None(static_cast<int>(count)).of; }

std::vector<InputPicture> Woven(int count, std::mt19937* random) {
  std::vector<InputPicture> pictures;
  for (int i = 0; i < count; ++i) pictures.push_back(WovenInput(kSize, random));
  return pictures;
}

// A part with edges and texture, which a fixed jig holds: what differs is what `shift` (pixels), `gain` and
// the noise do.
InputPicture JiggedPart(double shift, double gain, double noise_levels, std::mt19937* random) {
  std::normal_distribution<double> noise(0, noise_levels);
  InputPicture picture = FlatInput(kSize, 0);
  const size_t pixels = static_cast<size_t>(kSize) * kSize;
  for (size_t i = 0; i < pixels; ++i) {
    const double x = static_cast<double>(i % kSize) + shift;
    const double y = static_cast<double>(i / kSize);
    double level = 90 + 40 * std::sin(0.9 * x) * std::sin(0.8 * y);
    // Soft edges, as a lens gives them.
    level += 60 / (1 + std::exp(-(x - 100))) + 40 / (1 + std::exp(-(y - 70)));
    level = std::round(gain * level + noise(*random));
    for (int channel = 0; channel < 3; ++channel)
      picture.rgb[channel * pixels + i] = static_cast<float>(level / 255);
  }
  return picture;
}

TEST(CopiesTest, EqualPicturesAreCopiesWhereverTheyStand) {
  std::mt19937 random(1);
  std::vector<InputPicture> pictures = Woven(3, &random);
  pictures.push_back(pictures[1]);
  pictures.push_back(pictures[0]);
  pictures.push_back(pictures[1]);
  EXPECT_THAT(GroupsOf(pictures), ElementsAre(0, 1, 2, 1, 0, 1));
}

TEST(CopiesTest, ABurstOfTheSamePartIsOneIndependentPicture) {
  for (const double levels : {1.0, 2.0}) {
    std::mt19937 random(2);
    std::vector<InputPicture> pictures;
    std::vector<int> expected;
    for (int part = 0; part < 6; ++part) {
      const InputPicture first = WovenInput(kSize, &random);
      for (int shot = 0; shot < 5; ++shot) {
        pictures.push_back(TakenAgain(first, levels, &random));
        expected.push_back(part);
      }
    }
    EXPECT_THAT(GroupsOf(pictures), ElementsAreArray(expected)) << levels;
  }
}

TEST(CopiesTest, ABurstOfOnePartAloneIsRecognisedToo) {
  std::mt19937 random(3);
  const InputPicture first = WovenInput(kSize, &random);
  std::vector<InputPicture> pictures;
  for (int shot = 0; shot < 10; ++shot) pictures.push_back(TakenAgain(first, 1, &random));
  EXPECT_THAT(GroupsOf(pictures), ElementsAreArray(std::vector<int>(10, 0)));
}

TEST(CopiesTest, PiecesOfTheSameClothAreIndependent) {
  std::mt19937 random(4);
  const std::vector<InputPicture> pictures = Woven(60, &random);
  EXPECT_THAT(GroupsOf(pictures), ElementsAreArray(AllIndependent(60)));
}

// A third of a pixel of play and one per cent of light: what a good jig and lamp have.
TEST(CopiesTest, PartsInAFixedJigAreIndependent) {
  std::mt19937 random(5);
  std::normal_distribution<double> play(0, 0.33);
  std::normal_distribution<double> light(1, 0.01);
  std::vector<InputPicture> pictures;
  for (int i = 0; i < 40; ++i) pictures.push_back(JiggedPart(play(random), light(random), 1, &random));
  EXPECT_THAT(GroupsOf(pictures), ElementsAreArray(AllIndependent(40)));
}

// Plain sheet under even light: different parts differ by noise only, but no structure says that they are
// one.
TEST(CopiesTest, PartsWithoutStructureAreIndependent) {
  std::mt19937 random(6);
  std::vector<InputPicture> pictures;
  for (int i = 0; i < 20; ++i) pictures.push_back(TakenAgain(FlatInput(kSize, 120), 1.5, &random));
  EXPECT_THAT(GroupsOf(pictures), ElementsAreArray(AllIndependent(20)));
}

TEST(CopiesTest, AFewChangedPixelsMakeAnotherPicture) {
  std::mt19937 random(7);
  std::vector<InputPicture> pictures = Woven(4, &random);
  pictures.push_back(pictures[0]);
  // A hole of 6 x 6 pixels in one block of 256.
  for (int y = 0; y < 6; ++y) {
    for (int x = 0; x < 6; ++x) {
      for (int channel = 0; channel < 3; ++channel) {
        pictures.back().rgb[(static_cast<size_t>(channel) * kSize + 100 + y) * kSize + 100 + x] = 0;
      }
    }
  }
  EXPECT_THAT(GroupsOf(pictures), ElementsAre(0, 1, 2, 3, 4));
}

TEST(CopiesTest, TheOrderOfThePicturesNumbersTheGroupsAndNothingElse) {
  std::mt19937 random(8);
  std::vector<InputPicture> pictures = Woven(5, &random);
  for (int i = 0; i < 5; ++i) pictures.push_back(TakenAgain(pictures[i], 1, &random));
  const std::vector<int> forward = GroupsOf(pictures);
  std::reverse(pictures.begin(), pictures.end());
  std::vector<int> backward = GroupsOf(pictures);
  std::reverse(backward.begin(), backward.end());
  for (size_t i = 0; i < forward.size(); ++i) {
    for (size_t j = 0; j < i; ++j) EXPECT_EQ(forward[i] == forward[j], backward[i] == backward[j]);
  }
}

TEST(CopiesTest, SmallInputsAndLargeOnesAreGroupedToo) {
  for (const int size : {32, 64, 512}) {
    std::mt19937 random(9);
    std::vector<InputPicture> pictures;
    for (int i = 0; i < 4; ++i) pictures.push_back(WovenInput(size, &random));
    pictures.push_back(pictures[2]);
    EXPECT_THAT(GroupsOf(pictures), ElementsAre(0, 1, 2, 3, 2)) << size;
  }
}

TEST(CopiesTest, NoPicturesAreNoGroups) { EXPECT_EQ(GroupCopies({}).count, 0); }

TEST(CopiesTest, TheGroupsOfSomePicturesAreNumberedAnew) {
  const CopyGroups groups = {{0, 1, 0, 2, 1}, 3};
  const CopyGroups some = groups.Only({1, 3, 4});
  EXPECT_THAT(some.of, ElementsAre(0, 1, 0));
  EXPECT_EQ(some.count, 2);
}

TEST(CopiesTest, AGroupsScoreIsTheGeometricMeanOfItsPictures) {
  const std::vector<double> scores = ScoresOfGroups({2, 0.1, 8, 0}, {{0, 1, 0, 2}, 3});
  ASSERT_EQ(scores.size(), 3);
  EXPECT_NEAR(scores[0], 4, 1e-14);
  // Of one picture to the bit, and 0 stays.
  EXPECT_EQ(scores[1], 0.1);
  EXPECT_EQ(scores[2], 0);
}

TEST(PictureSignatureTest, HoldsBlocksDetailsAndTheRangeOfGreys) {
  InputPicture picture = FlatInput(32, 100);
  const size_t pixels = 32 * 32;
  // One green pixel in the middle (row 3, column 5) of the second block's row and third column's cell.
  picture.rgb[pixels + 3 * 32 + 5] = 1;
  const PictureSignature signature = SignatureOf(picture);
  const double grey = 100 + 0.587 * 155;
  EXPECT_NEAR(signature.blocks[1 * 16 + 2] / 128.0, 100 + 0.587 * 155 / 4, 1.0 / 128);
  EXPECT_NEAR(signature.blocks[0] / 128.0, 100, 1.0 / 128);
  EXPECT_NEAR(signature.details[1 * 16 + 2] / 64.0, 0.587 * 155 * 3 / 4, 1.0 / 64);
  EXPECT_EQ(signature.details[0], 0);
  EXPECT_NEAR(signature.darkest, 100, 1e-3);
  EXPECT_NEAR(signature.brightest, grey, 1e-3);
  EXPECT_NEAR(signature.contrast, 0.587 * 155 * std::sqrt((1.0 / 1024) * (1 - 1.0 / 1024)), 1e-3);
}

TEST(PictureSignatureTest, TheDistanceIsTheWorstBlocksAndTheDetailsRootMeanSquare) {
  PictureSignature a;
  PictureSignature b;
  a.blocks[7] = 3 * 128;
  b.blocks[9] = 5 * 128;
  a.details[0] = 64 * 16;
  b.details[0] = 64 * 8;
  b.details[1] = 64 * 8;
  const SignatureDistance distance = DistanceOf(a, b);
  EXPECT_EQ(distance.blocks, 5);
  EXPECT_NEAR(distance.details, std::sqrt((64.0 + 64) / 256), 1e-12);
  EXPECT_NEAR(distance.structure, std::sqrt((64.0 + 64) / 256), 1e-12);
  EXPECT_EQ(DistanceOf(b, a).details, distance.details);
}

}  // namespace
}  // namespace mlfsc
