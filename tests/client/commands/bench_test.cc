#include <nlohmann/json.hpp>

#include "tests/client/commands/command_test.h"

namespace mlfsc::client {
namespace {

using ::testing::HasSubstr;

// A server that takes 20 ms for every picture, on the test's clock.
class BenchTest : public CommandTest {
 protected:
  BenchTest() {
    stub_->on_score = [this](const v1::ScoreRequest& request) -> absl::StatusOr<v1::ScoreResponse> {
      const int call = calls_++;
      bytes_.push_back(static_cast<int>(request.picture().encoded().size()));
      clock_.Advance(absl::Milliseconds(20));
      if (call == failing_) return absl::ResourceExhaustedError("queue full");
      v1::ScoreResponse response;
      response.mutable_inspection()->set_version(3);
      response.mutable_inspection()->set_verdict(v1::OK);
      response.mutable_inspection()->mutable_stage_times()->set_total(15);
      return response;
    };
    WriteText("a.png", "a");
    WriteText("b.png", "bb");
  }

  std::vector<std::string> Arguments(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"bench",  "cloth",  Path("a.png"), Path("b.png"), "--server",
                                          "line:1", "--jobs", "1",           "--warm-up",   "0"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  int calls_ = 0;
  int failing_ = -1;
  std::vector<int> bytes_;
};

TEST_F(BenchTest, TheClosedLoopTellsWhatTheServerCanDo) {
  const Outcome outcome = Run(Arguments({"--duration", "2"}));
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  std::string full_bar;
  for (int i = 0; i < 40; ++i) full_bar += "█";
  EXPECT_EQ(outcome.out,
            "cloth on line:1: closed loop, 1 in flight\n"
            "\n"
            "    20 to     22 ms      100  " +
                full_bar +
                "\n"
                "\n"
                "MILLISECONDS  MEAN   P50   P90   P95   P99  P99.9   MAX\n"
                "latency       20.0  20.0  20.0  20.0  20.0   20.0  20.0\n"
                "\n"
                "IN THE SERVER, MEAN  decode  queue  features  coding  scoring  total\n"
                "milliseconds           0.00   0.00      0.00    0.00     0.00  15.00\n"
                "\n"
                "100 requests in 2.0 s, 50.0 answers a second, no errors\n");
}

TEST_F(BenchTest, PicturesAreSentInTurn) {
  EXPECT_EQ(Run(Arguments({"--requests", "4"})).code, 0);
  EXPECT_THAT(bytes_, ::testing::ElementsAre(1, 1, 2, 1, 2)) << "one to see whether it answers, then four";
}

TEST_F(BenchTest, FilesPassedOverAreToldAndSubFoldersTakenWhenAskedFor) {
  WriteText("in/a.png", "a");
  WriteText("in/note.txt", "x");
  WriteText("in/below/c.png", "ccc");
  const std::vector<std::string> arguments = {"bench",  "cloth", Path("in"),  "--requests", "2",
                                              "--jobs", "1",     "--warm-up", "0"};
  EXPECT_EQ(Run(arguments).err,
            "cloth: 1 other file passed over: 1 .txt; 1 picture in 1 sub-folder (" + Path("in/below") +
                ") passed over: --recursive takes them\n");
  bytes_.clear();
  std::vector<std::string> recursive = arguments;
  recursive.emplace_back("--recursive");
  EXPECT_EQ(Run(recursive).err, "cloth: 1 other file passed over: 1 .txt\n");
  EXPECT_THAT(bytes_, ::testing::ElementsAre(1, 1, 3));
}

TEST_F(BenchTest, JsonHasTheNumbers) {
  const nlohmann::json json =
      nlohmann::json::parse(Run(Arguments({"--rate", "10", "--even", "--duration", "3", "--json"})).out);
  EXPECT_EQ(json["loop"], "open");
  EXPECT_EQ(json["rate"], 10);
  EXPECT_EQ(json["version"], 3);
  EXPECT_EQ(json["answers"], 30);
  EXPECT_EQ(json["late"], 0);
  EXPECT_EQ(json["latency_ms"]["p99"], 20);
  EXPECT_EQ(json["verdicts"]["OK"], 30);
  EXPECT_EQ(json["server_mean_ms"]["total"], 15);
  EXPECT_EQ(json["histogram"][0]["count"], 30);
  EXPECT_TRUE(json["errors"].empty());
}

TEST_F(BenchTest, ARefusalIsCountedAndNotTriedAgain) {
  failing_ = 2;
  const Outcome outcome = Run(Arguments({"--requests", "5"}));
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(calls_, 6);
  EXPECT_THAT(outcome.out,
              HasSubstr("5 requests in 0.1 s, 40.0 answers a second, errors: 1 RESOURCE_EXHAUSTED\n"));
  EXPECT_EQ(outcome.err, "mlfsc: the first error: queue full\n");
}

TEST_F(BenchTest, WhatIsWrongFromTheStartIsTheError) {
  failing_ = 0;
  const Outcome outcome = Run(Arguments());
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.err, "mlfsc: queue full\n");
  EXPECT_EQ(calls_, 1);
}

TEST_F(BenchTest, CtrlCEndsItWithWhatThereIs) {
  interrupted_ = [this] { return calls_ >= 4; };
  const Outcome outcome = Run(Arguments({"--duration", "3600"}));
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, HasSubstr("3 requests in 0.1 s"));
}

TEST_F(BenchTest, EvenGapsNeedARate) { EXPECT_THAT(Run(Arguments({"--even"})).err, HasSubstr("--rate")); }

}  // namespace
}  // namespace mlfsc::client
