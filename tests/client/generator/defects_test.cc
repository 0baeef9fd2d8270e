#include "client/generator/defects.h"

#include <string>

#include <gtest/gtest.h>
#include <opencv2/core.hpp>

#include "client/generator/cloth.h"

namespace mlfsc::client {
namespace {

TEST(DefectsTest, ThereAreAtLeastFiveKinds) { EXPECT_GE(DefectKinds().size(), 5u); }

class DefectKindTest : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Kinds, DefectKindTest, ::testing::ValuesIn(DefectKinds()),
                         [](const auto& kind) { return kind.param; });

TEST_P(DefectKindTest, TheMaskMarksASmallPartOfThePicture) {
  for (uint64_t seed = 0; seed < 5; ++seed) {
    Random random(seed);
    const DefectivePicture defective = DrawDefectivePicture(128, GetParam(), &random);
    ASSERT_EQ(defective.picture.type(), CV_8UC3);
    ASSERT_EQ(defective.mask.type(), CV_8UC1);
    ASSERT_EQ(defective.picture.size(), cv::Size(128, 128));
    ASSERT_EQ(defective.mask.size(), cv::Size(128, 128));
    const int marked = cv::countNonZero(defective.mask);
    EXPECT_GT(marked, 25) << "seed " << seed;
    EXPECT_LT(marked, 128 * 128 / 5) << "seed " << seed;
    EXPECT_EQ(marked, cv::countNonZero(defective.mask == 255)) << "only 0 and 255";
  }
}

TEST_P(DefectKindTest, ThePictureDiffersFromGoodClothInsideTheMask) {
  // The same seed draws the same cloth first; outside the defect only the camera's noise differs then.
  Random good_random(9);
  Random bad_random(9);
  const cv::Mat good = Photograph(RenderCloth(DrawCloth(128, &good_random), {}).picture, &good_random);
  const DefectivePicture defective = DrawDefectivePicture(128, GetParam(), &bad_random);
  cv::Mat expected;
  good.convertTo(expected, CV_32FC3);
  cv::Mat found;
  defective.picture.convertTo(found, CV_32FC3);
  cv::Mat difference;
  cv::reduce(cv::Mat(cv::abs(expected - found)).reshape(1, 128 * 128), difference, 1, cv::REDUCE_AVG);
  difference = difference.reshape(1, 128);
  EXPECT_GT(cv::mean(difference, defective.mask)[0], 3 * cv::mean(difference, defective.mask == 0)[0]);
}

TEST_P(DefectKindTest, TheSameSeedDrawsTheSamePicture) {
  Random first(3);
  Random second(3);
  const DefectivePicture a = DrawDefectivePicture(96, GetParam(), &first);
  const DefectivePicture b = DrawDefectivePicture(96, GetParam(), &second);
  EXPECT_EQ(cv::norm(a.picture, b.picture, cv::NORM_INF), 0);
  EXPECT_EQ(cv::norm(a.mask, b.mask, cv::NORM_INF), 0);
}

TEST(DefectsTest, GoodPicturesDifferFromEachOther) {
  Random first(1);
  Random second(2);
  EXPECT_GT(cv::norm(DrawGoodPicture(96, &first), DrawGoodPicture(96, &second), cv::NORM_L1) / (96 * 96 * 3),
            2);
}

}  // namespace
}  // namespace mlfsc::client
