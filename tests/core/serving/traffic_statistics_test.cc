#include "core/serving/traffic_statistics.h"

#include <numeric>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "tests/testing/fake_clock.h"

namespace mlfsc {
namespace {

using ::testing::ElementsAre;

class TrafficStatisticsTest : public ::testing::Test {
 protected:
  testing::FakeClock clock_;
  TrafficStatistics statistics_{&clock_};
};

TEST_F(TrafficStatisticsTest, VerdictsAreCountedByCategory) {
  statistics_.Add("tile", 0.2, Verdict::kOk, false);
  statistics_.Add("tile", 0.55, Verdict::kReview, true);
  statistics_.Add("tile", 0.99, Verdict::kNok, true);
  statistics_.Add("tile", 0.98, Verdict::kNok, true);
  statistics_.Add("cable", 0.1, Verdict::kOk, false);
  EXPECT_THAT(statistics_.Of("tile")->verdicts, ElementsAre(1, 1, 2));
  EXPECT_THAT(statistics_.Of("cable")->verdicts, ElementsAre(1, 0, 0));
  EXPECT_EQ(statistics_.All().size(), 2u);
}

TEST_F(TrafficStatisticsTest, ACategoryWithoutTrafficIsUnknown) {
  EXPECT_FALSE(statistics_.Of("tile").has_value());
  EXPECT_TRUE(statistics_.All().empty());
}

TEST_F(TrafficStatisticsTest, BinsAreATwentiethWideAndHoldBothEnds) {
  for (const double score : {0.0, 0.049, 0.05, 0.5, 0.999, 1.0}) {
    statistics_.Add("tile", score, Verdict::kOk, false);
  }
  const CategoryTraffic traffic = *statistics_.Of("tile");
  EXPECT_EQ(traffic.scores[0], 2);
  EXPECT_EQ(traffic.scores[1], 1);
  EXPECT_EQ(traffic.scores[10], 1);
  EXPECT_EQ(traffic.scores[19], 2);
  EXPECT_EQ(std::accumulate(traffic.scores.begin(), traffic.scores.end(), int64_t{0}), 6);
}

TEST_F(TrafficStatisticsTest, AMinuteTellsItsPicturesAndLeavesOutEmptyOnes) {
  const absl::Time first = clock_.WallNow();
  clock_.Advance(absl::Seconds(59));
  statistics_.Add("tile", 0.25, Verdict::kOk, false);
  clock_.Advance(absl::Seconds(181));
  statistics_.Add("tile", 0.5, Verdict::kReview, false);
  statistics_.Add("tile", 0.75, Verdict::kNok, true);
  const CategoryTraffic traffic = *statistics_.Of("tile");
  ASSERT_EQ(traffic.minutes.size(), 2u);
  EXPECT_EQ(traffic.minutes[0].start, first);
  EXPECT_EQ(traffic.minutes[0].pictures, 1);
  EXPECT_EQ(traffic.minutes[1].start, first + absl::Minutes(4));
  EXPECT_EQ(traffic.minutes[1].pictures, 2);
  EXPECT_EQ(traffic.minutes[1].flagged, 1);
  EXPECT_EQ(traffic.minutes[1].score_sum, 1.25);
}

TEST_F(TrafficStatisticsTest, WhatIsOlderThanAnHourLeavesTheMinutesAndStaysInTheCounts) {
  statistics_.Add("tile", 0.5, Verdict::kOk, false);
  clock_.Advance(absl::Minutes(59));
  EXPECT_EQ(statistics_.Of("tile")->minutes.size(), 1u);
  clock_.Advance(absl::Minutes(1));
  EXPECT_TRUE(statistics_.Of("tile")->minutes.empty());
  EXPECT_TRUE(statistics_.All().at("tile").minutes.empty());
  EXPECT_THAT(statistics_.Of("tile")->verdicts, ElementsAre(1, 0, 0));
}

TEST_F(TrafficStatisticsTest, NeverMoreThanSixtyMinutesAreHeld) {
  for (int minute = 0; minute < 500; ++minute) {
    statistics_.Add("tile", 0.5, Verdict::kOk, false);
    clock_.Advance(absl::Minutes(1));
  }
  EXPECT_EQ(statistics_.Of("tile")->minutes.size(), 59u);
}

TEST_F(TrafficStatisticsTest, AClockThatIsSetBackDoesNotLeaveMinutesInTheFuture) {
  statistics_.Add("tile", 0.5, Verdict::kOk, false);
  clock_.Advance(absl::Minutes(-10));
  statistics_.Add("tile", 0.5, Verdict::kOk, false);
  const CategoryTraffic traffic = *statistics_.Of("tile");
  ASSERT_EQ(traffic.minutes.size(), 1u);
  EXPECT_EQ(traffic.minutes[0].start, clock_.WallNow());
}

TEST_F(TrafficStatisticsTest, CategoriesBeyondTheLimitCountAsOne) {
  for (size_t i = 0; i < TrafficStatistics::kMaxCategories + 20; ++i) {
    statistics_.Add("category-" + std::to_string(i), 0.1, Verdict::kOk, false);
  }
  EXPECT_EQ(statistics_.All().size(), TrafficStatistics::kMaxCategories + 1);
  EXPECT_THAT(statistics_.Of(TrafficStatistics::kOther)->verdicts, ElementsAre(20, 0, 0));
  EXPECT_TRUE(statistics_.IsFull());
}

TEST_F(TrafficStatisticsTest, AForgottenCategoryBeginsAnew) {
  statistics_.Add("tile", 0.1, Verdict::kOk, false);
  statistics_.Forget("tile");
  EXPECT_FALSE(statistics_.Of("tile").has_value());
}

TEST_F(TrafficStatisticsTest, ThreadsThatCountAtOnceLoseNothing) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this] {
      for (int i = 0; i < 1000; ++i) {
        statistics_.Add("tile", 0.5, Verdict::kOk, false);
        if (i % 100 == 0) statistics_.All();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(statistics_.Of("tile")->verdicts, ElementsAre(4000, 0, 0));
}

}  // namespace
}  // namespace mlfsc
