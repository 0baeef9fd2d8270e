#include "core/training/outliers.h"

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_format.h"
#include "core/scoring/calibration.h"
#include "tests/core/training/training_pictures.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::FlatInput;
using ::mlfsc::testing::TakenAgain;
using ::mlfsc::testing::WovenInput;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<double> GoodScores(int count, std::mt19937* random, double middle = 7.3,
                               double deviation = 0.15) {
  std::normal_distribution<double> logarithm(middle, deviation);
  std::vector<double> scores(count);
  for (double& score : scores) score = std::exp(logarithm(*random));
  return scores;
}

std::vector<Outlier> Find(const std::vector<double>& scores,
                          const std::vector<PictureSignature>& signatures = {}) {
  return FindOutliers(scores, CopyGroups::None(static_cast<int>(scores.size())), signatures, 0.01);
}

std::vector<int64_t> Pictures(const std::vector<Outlier>& outliers) {
  std::vector<int64_t> pictures;
  for (const Outlier& outlier : outliers) pictures.push_back(outlier.picture);
  return pictures;
}

TEST(OutliersTest, APictureThatScoresFarAboveTheOthersIsNamedWithScoreAndLimit) {
  std::mt19937 random(1);
  std::vector<double> scores = GoodScores(30, &random);
  const double limit = Calibrate(scores, 0.01)->threshold;
  scores.insert(scores.begin() + 4, 6440);
  const std::vector<Outlier> outliers = Find(scores);
  ASSERT_THAT(Pictures(outliers), ElementsAre(4));
  EXPECT_EQ(outliers[0].score, 6440);
  EXPECT_FALSE(outliers[0].dropped);
  EXPECT_EQ(outliers[0].reason, "scores 6440; the others' limit is " + absl::StrFormat("%.5g", limit));
}

TEST(OutliersTest, OneDoesNotHideTheNext) {
  std::mt19937 random(2);
  std::vector<double> scores = GoodScores(20, &random);
  // A fifth of the set, each hidden by those before it if these counted.
  for (const double bad : {5000.0, 8000.0, 20000.0, 1e6, 1e9}) scores.push_back(bad);
  EXPECT_THAT(Pictures(Find(scores)), ElementsAre(20, 21, 22, 23, 24));
}

// One in 10,000 sets: none in 500.
TEST(OutliersTest, GoodPicturesAreAlmostNeverNamed) {
  for (const int count : {3, 5, 8, 30, 110}) {
    std::mt19937 random(count);
    for (int set = 0; set < 500; ++set) {
      EXPECT_THAT(Find(GoodScores(count, &random)), IsEmpty()) << count << " pictures, set " << set;
    }
  }
}

TEST(OutliersTest, ALowScoreIsNoReason) {
  std::mt19937 random(3);
  std::vector<double> scores = GoodScores(30, &random);
  scores[7] = 1;
  EXPECT_THAT(Find(scores), IsEmpty());
}

std::vector<PictureSignature> WovenSignatures(int count, std::mt19937* random) {
  std::vector<PictureSignature> signatures;
  for (int i = 0; i < count; ++i) signatures.push_back(SignatureOf(WovenInput(64, random)));
  return signatures;
}

TEST(OutliersTest, PicturesThatShowNothingAreNamedWhateverTheyScore) {
  std::mt19937 random(4);
  std::vector<double> scores = GoodScores(12, &random);
  std::vector<PictureSignature> signatures = WovenSignatures(8, &random);
  signatures.push_back(SignatureOf(FlatInput(64, 4)));
  signatures.push_back(SignatureOf(TakenAgain(FlatInput(64, 9), 1, &random)));
  signatures.push_back(SignatureOf(FlatInput(64, 255)));
  signatures.push_back(SignatureOf(FlatInput(64, 120)));
  const std::vector<Outlier> outliers = Find(scores, signatures);
  ASSERT_THAT(Pictures(outliers), ElementsAre(8, 9, 10, 11));
  EXPECT_EQ(outliers[0].reason, "black: brightest grey 4 of 255");
  EXPECT_THAT(outliers[1].reason, HasSubstr("black: brightest grey 1"));
  EXPECT_EQ(outliers[2].reason, "white: darkest grey 255 of 255");
  EXPECT_THAT(outliers[3].reason, HasSubstr("blank: greys of 120 to 120 of 255"));
  EXPECT_EQ(outliers[0].score, scores[8]);
}

TEST(OutliersTest, ABlackFrameAmongTwoGoodPicturesIsNamed) {
  std::mt19937 random(5);
  std::vector<PictureSignature> signatures = WovenSignatures(2, &random);
  signatures.push_back(SignatureOf(FlatInput(64, 0)));
  EXPECT_THAT(Pictures(Find(GoodScores(3, &random), signatures)), ElementsAre(2));
}

TEST(OutliersTest, AProductWithoutContrastHasNoBlankPictures) {
  std::mt19937 random(6);
  std::vector<PictureSignature> signatures;
  for (int i = 0; i < 10; ++i) signatures.push_back(SignatureOf(TakenAgain(FlatInput(64, 6), 1, &random)));
  EXPECT_THAT(Find(GoodScores(10, &random), signatures), IsEmpty());
}

TEST(OutliersTest, AllCopiesOfABadPictureAreNamed) {
  std::mt19937 random(7);
  std::vector<double> scores = GoodScores(20, &random);
  CopyGroups groups = CopyGroups::None(20);
  for (int copy = 0; copy < 10; ++copy) {
    scores.push_back(50000);
    groups.of.push_back(20);
  }
  groups.count = 21;
  const std::vector<Outlier> outliers = FindOutliers(scores, groups, {}, 0.01);
  EXPECT_EQ(outliers.size(), 10);
}

TEST(OutliersTest, TwoPicturesSayNothingAboutEachOther) { EXPECT_THAT(Find({1, 1e9}), IsEmpty()); }

}  // namespace
}  // namespace mlfsc
