#include "client/watch/arrivals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlfsc::client {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const PictureFile kFile{"a.png", 100, 5, 5, 1};

class ArrivalsTest : public ::testing::Test {
 protected:
  std::vector<PictureFile> PollAt(double seconds, const std::vector<PictureFile>& files) {
    return arrivals_.Poll(
        files, absl::UnixEpoch() + absl::Seconds(seconds),
        [this](const PictureFile& file) { return file == known_; },
        [this](const PictureFile& file) { return file == written_; });
  }

  Arrivals arrivals_{absl::Seconds(1)};
  PictureFile known_;
  PictureFile written_;
};

TEST_F(ArrivalsTest, AFileIsWholeWhenItHasNotChangedForAWhile) {
  EXPECT_THAT(PollAt(0, {kFile}), IsEmpty());
  EXPECT_EQ(arrivals_.pending(), 1);
  EXPECT_THAT(PollAt(0.9, {kFile}), IsEmpty());
  EXPECT_THAT(PollAt(1, {kFile}), ElementsAre(kFile));
  EXPECT_EQ(arrivals_.pending(), 0);
}

TEST_F(ArrivalsTest, AFileThatGrowsStartsAnew) {
  PictureFile longer = kFile;
  longer.size = 200;
  PictureFile touched = longer;
  touched.time_ns = 6;
  PollAt(0, {kFile});
  EXPECT_THAT(PollAt(1, {longer}), IsEmpty());
  EXPECT_THAT(PollAt(1.5, {touched}), IsEmpty());
  EXPECT_THAT(PollAt(2.4, {touched}), IsEmpty());
  EXPECT_THAT(PollAt(2.5, {touched}), ElementsAre(touched));
}

TEST_F(ArrivalsTest, AnEmptyFileHasTenTimesAsLongToBeWritten) {
  const PictureFile empty{"a.png", 0, 5, 5, 1};
  PollAt(0, {empty});
  EXPECT_THAT(PollAt(9.9, {empty}), IsEmpty());
  EXPECT_EQ(arrivals_.pending(), 1);
  EXPECT_THAT(PollAt(10, {empty}), ElementsAre(empty));
}

TEST_F(ArrivalsTest, AKnownFileIsNotGiven) {
  known_ = kFile;
  PollAt(0, {kFile});
  EXPECT_THAT(PollAt(10, {kFile}), IsEmpty());
  EXPECT_EQ(arrivals_.pending(), 0);
}

TEST_F(ArrivalsTest, AChangeThatLeavesSizeAndTimeStartsAnewToo) {
  PictureFile overwritten = kFile;
  overwritten.change_ns = 6;
  PollAt(0, {kFile});
  EXPECT_THAT(PollAt(1, {overwritten}), IsEmpty());
  EXPECT_THAT(PollAt(2, {overwritten}), ElementsAre(overwritten));
}

TEST_F(ArrivalsTest, AFileThatSomebodyWritesToIsNotWholeHoweverLongItStandsStill) {
  written_ = kFile;
  PollAt(0, {kFile});
  EXPECT_THAT(PollAt(1000, {kFile}), IsEmpty());
  EXPECT_EQ(arrivals_.pending(), 1);
  written_ = PictureFile();
  EXPECT_THAT(PollAt(1001, {kFile}), ElementsAre(kFile));
}

TEST_F(ArrivalsTest, AFileThatCouldNotBeReadComesOnceMoreMuchLater) {
  PollAt(0, {kFile});
  ASSERT_THAT(PollAt(1, {kFile}), ElementsAre(kFile));
  EXPECT_TRUE(arrivals_.Defer(kFile));
  EXPECT_THAT(PollAt(9, {kFile}), IsEmpty());
  EXPECT_EQ(arrivals_.pending(), 1);
  EXPECT_THAT(PollAt(10, {kFile}), ElementsAre(kFile));
  EXPECT_FALSE(arrivals_.Defer(kFile)) << "it has had its second chance";
}

}  // namespace
}  // namespace mlfsc::client
