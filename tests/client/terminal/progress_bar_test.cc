#include "client/terminal/progress_bar.h"

#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testing/self_advancing_clock.h"

namespace mlfsc::client {
namespace {

using ::mlfsc::testing::SelfAdvancingClock;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class ProgressBarTest : public ::testing::Test {
 protected:
  ProgressBarTest() {
    terminal_.err = &err_;
    terminal_.interactive = true;
  }

  // What has been written since the last call.
  std::string Written() {
    const std::string written = err_.str();
    err_.str("");
    return written;
  }

  SelfAdvancingClock clock_;
  std::ostringstream err_;
  Terminal terminal_;
};

TEST_F(ProgressBarTest, NothingIsWrittenWhereNobodyLooks) {
  terminal_.interactive = false;
  {
    ProgressBar bar(terminal_, &clock_);
    bar.Show("learning", 1, 10, "note");
    bar.ShowWithTimeLeft("learning", 10, 10);
  }
  EXPECT_THAT(Written(), IsEmpty());
}

TEST_F(ProgressBarTest, ShowsLabelCountsAndNote) {
  ProgressBar bar(terminal_, &clock_);
  bar.Show("learning", 5, 10, "objective 3.2");
  const std::string written = Written();
  EXPECT_THAT(written, HasSubstr("learning"));
  EXPECT_THAT(written, HasSubstr("███████████████░░░░░░░░░░░░░░░ 5/10  objective 3.2"));
}

TEST_F(ProgressBarTest, AnUnknownTotalHasNoBar) {
  ProgressBar bar(terminal_, &clock_);
  bar.Show("features", 7, 0, "");
  EXPECT_THAT(Written(), EndsWith("features     7"));
}

TEST_F(ProgressBarTest, IsRedrawnTenTimesASecondAtMost) {
  ProgressBar bar(terminal_, &clock_);
  bar.Show("scoring", 1, 10, "");
  Written();
  clock_.Advance(absl::Milliseconds(99));
  bar.Show("scoring", 2, 10, "");
  EXPECT_THAT(Written(), IsEmpty());
  clock_.Advance(absl::Milliseconds(1));
  bar.Show("scoring", 3, 10, "");
  EXPECT_THAT(Written(), HasSubstr("3/10"));
}

TEST_F(ProgressBarTest, ANewLabelAndTheEndAreAlwaysDrawn) {
  ProgressBar bar(terminal_, &clock_);
  bar.Show("features", 1, 10, "");
  bar.Show("learning", 1, 10, "");
  EXPECT_THAT(Written(), HasSubstr("learning"));
  bar.Show("learning", 10, 10, "");
  EXPECT_THAT(Written(), HasSubstr("10/10"));
}

TEST_F(ProgressBarTest, TimeLeftFollowsFromTheTimeTaken) {
  ProgressBar bar(terminal_, &clock_);
  bar.ShowWithTimeLeft("scoring", 0, 10);
  EXPECT_THAT(Written(), Not(HasSubstr("left")));
  clock_.Advance(absl::Seconds(4));
  bar.ShowWithTimeLeft("scoring", 2, 10);
  EXPECT_THAT(Written(), HasSubstr("0:16 left"));
}

TEST_F(ProgressBarTest, FitsTheTerminalAndIsTakenAwayAtTheEnd) {
  terminal_.columns = 20;
  {
    ProgressBar bar(terminal_, &clock_);
    bar.Show("scoring", 30, 30, "");
    EXPECT_EQ(Written(), "\r\033[Kscoring      ██████");
  }
  EXPECT_EQ(Written(), "\r\033[K");
}

}  // namespace
}  // namespace mlfsc::client
