#include "client/web/page_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/testing/status_matchers.h"

namespace mlfsc::client {
namespace {

using ::testing::HasSubstr;

std::string Message(const absl::Status& status) { return std::string(status.message()); }

TEST(ParseTrainingTest, ReadsWhatThePageSends) {
  const absl::StatusOr<TrainingRequest> request = ParseTraining(
      R"({"category": "tile", "pictures": 60, "skip_bad_pictures": true, "keep_active": false,
          "options": {"feature_source": "single_pass", "input_size": 128, "false_alarm_rate": 0.02}})");
  ASSERT_THAT(request, testing::IsOk());
  EXPECT_EQ(request->start.category(), "tile");
  EXPECT_EQ(request->pictures, 60);
  EXPECT_TRUE(request->start.skip_bad_pictures());
  EXPECT_FALSE(request->start.keep_active());
  EXPECT_EQ(request->start.options().feature_source(), v1::SINGLE_PASS);
  EXPECT_EQ(request->start.options().input_size(), 128);
  EXPECT_EQ(request->start.options().false_alarm_rate(), 0.02);
}

TEST(ParseTrainingTest, WhatIsLeftOutIsTheServersToDecide) {
  const absl::StatusOr<TrainingRequest> request =
      ParseTraining(R"({"category": "tile", "pictures": 2, "options": {}})");
  ASSERT_THAT(request, testing::IsOk());
  EXPECT_EQ(request->start.options().feature_source(), v1::FEATURE_SOURCE_UNSPECIFIED);
  EXPECT_FALSE(request->start.options().has_input_size());
  EXPECT_FALSE(request->start.options().has_false_alarm_rate());
}

TEST(ParseTrainingTest, AVersionToRecalibrateTakesThePlaceOfOptions) {
  const absl::StatusOr<TrainingRequest> request =
      ParseTraining(R"({"category": "tile", "pictures": 2, "recalibrate": 3})");
  ASSERT_THAT(request, testing::IsOk());
  EXPECT_EQ(request->recalibrated_version, 3);
  EXPECT_FALSE(ParseTraining(R"({"category": "tile", "pictures": 2})")->recalibrated_version.has_value());
}

TEST(ParseTrainingTest, OutliersMayBeDropped) {
  EXPECT_EQ(ParseTraining(R"({"category": "tile", "pictures": 2})")->start.outliers(),
            v1::OUTLIER_ACTION_UNSPECIFIED);
  EXPECT_EQ(ParseTraining(R"({"category": "tile", "pictures": 2, "outliers": "drop"})")->start.outliers(),
            v1::DROP);
}

TEST(ParseTrainingTest, NamesWhatItCannotRead) {
  for (const auto& [body, words] : std::vector<std::pair<std::string, std::string>>{
           {"", "not a JSON object"},
           {"[]", "not a JSON object"},
           {"{\"category\": 3}", "category is not a string"},
           {"{\"category\": \"a\", \"pictures\": 2.5}", "pictures is not a whole number"},
           {"{\"category\": \"a\", \"keep_active\": \"yes\"}", "keep_active is not true or false"},
           {"{\"category\": \"a\", \"outliers\": \"keep\"}", "there is no keep"},
           {"{\"category\": \"a\", \"options\": []}", "options is not an object"},
           {"{\"category\": \"a\", \"recalibrate\": \"1\"}", "recalibrate is not a whole number"},
           {"{\"category\": \"a\", \"recalibrate\": 1, \"options\": {}}", "a recalibration has no options"},
           {"{\"category\": \"a\", \"options\": {\"feature_source\": \"resnet\"}}", "there is no resnet"},
           {"{\"category\": \"a\", \"options\": {\"input_size\": \"256\"}}",
            "input_size is not a whole number"}}) {
    const absl::StatusOr<TrainingRequest> request = ParseTraining(body);
    EXPECT_EQ(request.status().code(), absl::StatusCode::kInvalidArgument) << body;
    EXPECT_THAT(Message(request.status()), HasSubstr(words)) << body;
  }
}

TEST(ParseTrainingTest, ANumberThatDoesNotFitIsRefusedNotCutDown) {
  EXPECT_THAT(ParseTraining(R"({"category": "a", "pictures": 4294967298})"),
              testing::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("pictures is 4294967298")));
  EXPECT_THAT(ParseVersion(R"({"version": 18446744073709551615})"),
              testing::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("18446744073709551615")));
  EXPECT_THAT(ParseTraining(R"({"category": "a", "pictures": 2, "options": {"input_size": 4294967552}})"),
              testing::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("input_size is 4294967552")));
}

TEST(ParseThresholdTest, TakesAScoreOrARate) {
  const absl::StatusOr<v1::SetThresholdRequest> score =
      ParseThreshold("tile", R"({"version": 3, "threshold": 12.5, "keep_active": true})");
  ASSERT_THAT(score, testing::IsOk());
  EXPECT_EQ(score->category(), "tile");
  EXPECT_EQ(score->version(), 3);
  EXPECT_EQ(score->threshold(), 12.5);
  EXPECT_TRUE(score->keep_active());
  const absl::StatusOr<v1::SetThresholdRequest> rate =
      ParseThreshold("tile", R"({"false_alarm_rate": 0.05})");
  ASSERT_THAT(rate, testing::IsOk());
  EXPECT_EQ(rate->false_alarm_rate(), 0.05);
  EXPECT_EQ(ParseThreshold("tile", R"({"version": 3})").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(ParseVersionTest, IsFromOneUpwards) {
  EXPECT_EQ(ParseVersion(R"({"version": 7})").value_or(0), 7);
  EXPECT_EQ(ParseVersion(R"({"version": 0})").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ParseVersion("{}").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(TrainingStateJsonTest, HasAResultOrAnErrorOnceItIsDone) {
  TrainingState state;
  state.id = 4;
  state.category = "tile";
  state.progress.set_phase(v1::TrainProgress::LEARNING);
  nlohmann::ordered_json json = ToJson(state);
  EXPECT_EQ(json["phase"], "learning");
  EXPECT_FALSE(json["done"]);
  EXPECT_FALSE(json.contains("result"));

  state.done = true;
  state.result.mutable_version()->set_version(2);
  state.result.set_pictures_skipped(1);
  json = ToJson(state);
  EXPECT_EQ(json["result"]["version"], 2);
  EXPECT_EQ(json["pictures_skipped"], 1);
  EXPECT_EQ(json["outliers"].size(), 0);
  EXPECT_EQ(json["notices"].size(), 0);
  state.result.add_outliers()->set_picture(5);
  EXPECT_EQ(ToJson(state)["outliers"][0]["picture"], 5);

  state.status = absl::InvalidArgumentError("picture 3: not a picture");
  json = ToJson(state);
  EXPECT_EQ(json["error"]["code"], "INVALID_ARGUMENT");
  EXPECT_EQ(json["error"]["message"], "picture 3: not a picture");
  EXPECT_FALSE(json.contains("result"));
}

TEST(HeatmapJsonTest, CarriesMapAndPictureInBase64) {
  v1::HeatmapResponse response;
  response.set_map(std::string("\x00\xff", 2));
  response.set_picture("\x89PN");
  response.mutable_inspection()->set_verdict(v1::NOK);
  const nlohmann::ordered_json json = ToJson(response);
  EXPECT_EQ(json["map"], "AP8=");
  EXPECT_EQ(json["picture"], "iVBO");
  EXPECT_EQ(json["inspection"]["verdict"], "NOK");
}

}  // namespace
}  // namespace mlfsc::client
