#include "core/training/notices.h"

#include <cmath>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/training/calibrate_groups.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Of `count` pictures whose log scores lie `step` apart.
Calibration Calibrated(int count, double step, double rate = 0.01) {
  std::vector<double> scores;
  for (int i = 0; i < count; ++i) scores.push_back(std::exp(7 + step * i));
  return *Calibrate(scores, rate);
}

std::vector<NoticeCode> Codes(const std::vector<Notice>& notices) {
  std::vector<NoticeCode> codes;
  for (const Notice& notice : notices) codes.push_back(notice.code);
  return codes;
}

TEST(NoticesTest, TwoToEightPicturesAreToldThatTheLimitsAreGuessesAndHowManyWouldDo) {
  for (int count = 3; count <= 8; ++count) {
    const std::vector<Notice> notices = NoticesOf(Calibrated(count, 0.02), count);
    ASSERT_THAT(Codes(notices), ElementsAre(NoticeCode::kFewPictures)) << count;
    EXPECT_THAT(notices[0].text, AllOf(HasSubstr("the limits are guesses: from " + std::to_string(count)),
                                       HasSubstr("from about 19 pictures on")));
  }
  EXPECT_THAT(NoticesOf(Calibrated(9, 0.02), 9), ElementsAre());
  EXPECT_THAT(NoticesOf(Calibrated(60, 0.002), 60), ElementsAre());
}

TEST(NoticesTest, ALaterRateNeedsFewerPictures) {
  // At 20 % the limits stand from 6 pictures on.
  const int enough = PicturesForLimits(0.2);
  EXPECT_LE(enough, 8);
  EXPECT_THAT(NoticesOf(Calibrated(enough, 0.02, 0.2), enough), ElementsAre());
}

TEST(NoticesTest, CopiesAreCounted) {
  const std::vector<Notice> notices = NoticesOf(Calibrated(30, 0.01), 150);
  ASSERT_THAT(Codes(notices), ElementsAre(NoticeCode::kCopies));
  EXPECT_THAT(notices[0].text, HasSubstr("150 pictures are 30 independent ones"));
}

TEST(NoticesTest, ALimitThatNoPictureReachesIsSaid) {
  // The limit for 0.1 % of two pictures lies 390 deviations above their middle.
  const std::vector<Notice> notices = NoticesOf(Calibrated(2, 0.2), 2);
  ASSERT_THAT(Codes(notices), ElementsAre(NoticeCode::kFewPictures, NoticeCode::kNokOutOfReach));
  EXPECT_THAT(notices[1].text, HasSubstr("no picture will be NOK"));
}

TEST(CalibrateGroupsTest, CopiesCountOnce) {
  Manifest manifest;
  ASSERT_THAT(
      CalibrateGroups({100, 110, 110, 110, 120}, {1, 2, 2, 2, 3}, {{0, 1, 1, 1, 2}, 3}, 0.05, &manifest),
      IsOk());
  const Calibration scores = *Calibrate({100, 110, 120}, 0.05);
  const Calibration maxima = *Calibrate({1, 2, 3}, 0.05);
  EXPECT_EQ(manifest.calibration.pictures, 3);
  EXPECT_NEAR(manifest.calibration.threshold / scores.threshold, 1, 1e-12);
  EXPECT_NEAR(manifest.map_calibration.threshold / maxima.threshold, 1, 1e-12);
}

TEST(CalibrateGroupsTest, CopiesOfOnePictureCannotBeCalibrated) {
  Manifest manifest;
  EXPECT_THAT(CalibrateGroups({100, 101, 102}, {1, 2, 3}, {{0, 0, 0}, 1}, 0.01, &manifest),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("the 3 good pictures cannot be calibrated"),
                             HasSubstr("copies of one"), HasSubstr("at least 2 parts"))));
  EXPECT_THAT(CalibrateGroups({100}, {1}, {{0}, 1}, 0.01, &manifest),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("1 good picture cannot"), HasSubstr("at least 2"))));
}

TEST(CalibrateGroupsTest, PicturesInWhichNothingVariesAreRefused) {
  Manifest manifest;
  EXPECT_THAT(
      CalibrateGroups({0, 0, 0}, {0, 0, 0}, CopyGroups::None(3), 0.01, &manifest),
      StatusIs(absl::StatusCode::kFailedPrecondition,
               AllOf(HasSubstr("the 3 good pictures all score 0"), HasSubstr("find every picture good"))));
  EXPECT_THAT(CalibrateGroups({0, 0, 1}, {0, 0, 1}, CopyGroups::None(3), 0.01, &manifest), IsOk());
}

}  // namespace
}  // namespace mlfsc
