#include <cstdint>
#include <limits>
#include <string>

#include <nlohmann/json.hpp>

#include "tests/client/commands/command_test.h"

namespace mlfsc::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class StatisticsTest : public CommandTest {
 protected:
  StatisticsTest() {
    setenv("TZ", "UTC", 1);
    statistics_.mutable_start_time()->set_seconds(1700000000);
    v1::CategoryStatistics* cloth = statistics_.add_categories();
    cloth->set_category("cloth");
    cloth->set_ok(90);
    cloth->set_review(3);
    cloth->set_nok(7);
    for (int bin = 0; bin < 20; ++bin) cloth->add_score_histogram(bin == 2 ? 80 : bin == 4 ? 1 : 0);
    AddMinute(cloth, 1700000040, 30, 1, 0.2);
    AddMinute(cloth, 1700000160, 10, 3, 0.6);
    v1::QueueStatistics* queue = statistics_.add_queues();
    queue->set_stage("decode");
    queue->set_waiting(2);
    queue->set_capacity(64);
    statistics_.set_trainings(1);
    stub_->on_statistics = [this](const v1::GetStatisticsRequest& request) {
      asked_for_ = request.category();
      return absl::StatusOr<v1::GetStatisticsResponse>(statistics_);
    };
  }

  static void AddMinute(v1::CategoryStatistics* category, int64_t start, int64_t pictures, int64_t flagged,
                        double mean) {
    v1::TrafficMinute* minute = category->add_minutes();
    minute->mutable_start_time()->set_seconds(start);
    minute->set_pictures(pictures);
    minute->set_flagged(flagged);
    minute->set_mean_normalized_score(mean);
  }

  v1::GetStatisticsResponse statistics_;
  std::string asked_for_;
};

TEST_F(StatisticsTest, EveryCategoryIsALineAndTheServerIsTheLast) {
  const Outcome outcome = Run({"statistics"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(asked_for_, "");
  EXPECT_EQ(outcome.out,
            "CATEGORY  OK  REVIEW  NOK  LAST HOUR  FLAGGED  MEAN SCORE\n"
            "cloth     90       3    7         40   10.0 %       0.300\n"
            "\n"
            "since 2023-11-14 22:13; waiting: decode 2 of 64, trainings: 1\n");
}

// Found by fuzzing: a server may say anything.
TEST_F(StatisticsTest, CountsAtTheEndOfTheirRangeDoNotOverflow) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  v1::CategoryStatistics* cloth = statistics_.mutable_categories(0);
  cloth->set_score_histogram(2, kMost);
  cloth->set_score_histogram(3, -kMost);
  AddMinute(cloth, 1700000220, kMost, 0, 0.5);
  AddMinute(cloth, 1700000280, kMost, 0, 0.5);
  const Outcome outcome = Run({"statistics", "cloth"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, HasSubstr("0.10 to 0.15   9223372036854775807  " + std::string(40, '#') + "\n"));
  EXPECT_THAT(outcome.out, HasSubstr("18446744073709551616    0.0 %       0.500\n"));
}

TEST_F(StatisticsTest, OneCategoryComesWithItsHistogram) {
  const Outcome outcome = Run({"statistics", "cloth"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(asked_for_, "cloth");
  EXPECT_THAT(outcome.out, HasSubstr("SCORE         PICTURES\n"
                                     "0.10 to 0.15        80  ########################################\n"
                                     "0.15 to 0.20         0\n"
                                     "0.20 to 0.25         1  #\n"));
}

TEST_F(StatisticsTest, AnHourWithoutPicturesHasNoMean) {
  statistics_.mutable_categories(0)->clear_minutes();
  EXPECT_THAT(Run({"statistics"}).out,
              HasSubstr("cloth     90       3    7          0        -           -\n"));
}

TEST_F(StatisticsTest, ACategoryWithoutPicturesHasNoHistogram) {
  statistics_.mutable_categories(0)->clear_score_histogram();
  for (int bin = 0; bin < 20; ++bin) statistics_.mutable_categories(0)->add_score_histogram(0);
  EXPECT_THAT(Run({"statistics", "cloth"}).out, Not(HasSubstr("SCORE    ")));
}

TEST_F(StatisticsTest, JsonHasEverything) {
  const nlohmann::json json = nlohmann::json::parse(Run({"statistics", "--json"}).out);
  EXPECT_EQ(json["start_time"], "2023-11-14T22:13:20Z");
  EXPECT_EQ(json["trainings"], 1);
  EXPECT_EQ(json["queues"][0]["capacity"], 64);
  const nlohmann::json& cloth = json["categories"][0];
  EXPECT_EQ(cloth["nok"], 7);
  EXPECT_EQ(cloth["score_histogram"].size(), 20u);
  EXPECT_EQ(cloth["score_histogram"][2], 80);
  EXPECT_EQ(cloth["minutes"][1]["start_time"], "2023-11-14T22:16:00Z");
  EXPECT_EQ(cloth["minutes"][1]["flagged"], 3);
}

}  // namespace
}  // namespace mlfsc::client
