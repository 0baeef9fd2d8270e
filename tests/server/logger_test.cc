#include "server/logger.h"

#include <limits>
#include <sstream>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

namespace mlfsc {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;

class LoggerTest : public ::testing::Test {
 protected:
  // What a logger writes of one event.
  std::string Line(LogFormat format, const std::vector<LogField>& fields) {
    std::ostringstream out;
    Logger(format, LogLevel::kInfo, std::make_shared<spdlog::sinks::ostream_sink_mt>(out))
        .Log(LogLevel::kInfo, "call", fields);
    return out.str();
  }
};

TEST_F(LoggerTest, TextIsTimeLevelEventAndFields) {
  const std::string line =
      Line(LogFormat::kText, {{"method", "Score"}, {"ms", 12.5}, {"version", int64_t{3}}});
  EXPECT_THAT(line, MatchesRegex("[0-9-]+T[0-9:.]+Z info call method=Score ms=12.5 version=3\n"));
}

TEST_F(LoggerTest, TextQuotesWhatWouldBeMisread) {
  EXPECT_THAT(Line(LogFormat::kText, {{"error", "a b"}}), EndsWith("error=\"a b\"\n"));
  EXPECT_THAT(Line(LogFormat::kText, {{"error", "a=\"b\""}}), EndsWith("error=\"a=\\\"b\\\"\"\n"));
  EXPECT_THAT(Line(LogFormat::kText, {{"error", ""}}), EndsWith("error=\"\"\n"));
}

TEST_F(LoggerTest, JsonIsOneObject) {
  const auto json = nlohmann::json::parse(
      Line(LogFormat::kJson, {{"method", "Score"}, {"ms", 12.5}, {"version", int64_t{3}}}));
  EXPECT_EQ(json["level"], "info");
  EXPECT_EQ(json["event"], "call");
  EXPECT_EQ(json["method"], "Score");
  EXPECT_EQ(json["ms"], 12.5);
  EXPECT_EQ(json["version"], 3);
  EXPECT_TRUE(json.contains("time"));
}

TEST_F(LoggerTest, AnEventIsOneLineWhateverAClientSends) {
  for (const LogFormat format : {LogFormat::kText, LogFormat::kJson}) {
    const std::string line = Line(format, {{"error", "first\nsecond\r {} %v \xff\xfe"}});
    EXPECT_EQ(line.find('\n'), line.size() - 1) << line;
    EXPECT_THAT(line, HasSubstr("{} %v")) << line;
  }
}

TEST_F(LoggerTest, WhatIsBelowTheLevelIsNotWritten) {
  std::ostringstream out;
  Logger logger(LogFormat::kText, LogLevel::kWarning, std::make_shared<spdlog::sinks::ostream_sink_mt>(out));
  logger.Log(LogLevel::kInfo, "call", {});
  EXPECT_THAT(out.str(), IsEmpty());
  logger.Log(LogLevel::kWarning, "call", {});
  EXPECT_THAT(out.str(), HasSubstr("warning call"));
}

TEST_F(LoggerTest, WhatOthersLogThroughSpdlogBecomesAnEvent) {
  std::ostringstream out;
  {
    Logger logger(LogFormat::kText, LogLevel::kInfo, std::make_shared<spdlog::sinks::ostream_sink_mt>(out));
    logger.AdoptDefault();
    spdlog::warn("taking {}", "ImageNet's");
  }
  EXPECT_THAT(out.str(), EndsWith("Z warning message text=\"taking ImageNet's\"\n"));
}

}  // namespace
}  // namespace mlfsc
