#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include <nlohmann/json.hpp>

#include "tests/client/commands/command_test.h"
#include "tests/testing/in_folder.h"

namespace mlfsc::client {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

// The fake server answers by the picture's bytes.
class ScoreTest : public CommandTest {
 protected:
  ScoreTest() {
    stub_->on_score = [this](const v1::ScoreRequest& request) -> absl::StatusOr<v1::ScoreResponse> {
      if (request.category() != "cloth") return absl::NotFoundError("there is no category paper");
      const auto found = answers_.find(request.picture().encoded());
      if (found == answers_.end()) return absl::InvalidArgumentError("not a PNG, JPEG, BMP or TIFF file");
      v1::ScoreResponse response;
      *response.mutable_inspection() = found->second;
      response.mutable_inspection()->set_version(request.version() == 0 ? 5 : request.version());
      return response;
    };
    Put("ok.png", v1::OK, 4, 0.1);
    Put("review.png", v1::REVIEW, 9, 0.45);
    Put("nok.png", v1::NOK, 20, 0.99);
    v1::Region* region = answers_["nok.png"].add_regions();
    region->set_x(12);
    region->set_y(34);
    region->set_width(56);
    region->set_height(78);
  }

  void Put(const std::string& name, v1::Verdict verdict, double raw, double normalized) {
    WriteText(name, name);
    v1::Inspection& inspection = answers_[name];
    inspection.set_category("cloth");
    inspection.set_verdict(verdict);
    inspection.set_raw_score(raw);
    inspection.set_normalized_score(normalized);
    inspection.set_threshold(10);
    inspection.mutable_stage_times()->set_total(123.4);
  }

  std::map<std::string, v1::Inspection> answers_;
};

TEST_F(ScoreTest, ATableInTheOrderOfThePictures) {
  const Outcome outcome = Run({"score", "cloth", Path("nok.png"), Path("ok.png")});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const std::string space(Path("nok.png").size() - 7, ' ');
  EXPECT_EQ(
      outcome.out,
      "PICTURE" + space + "  VERDICT  NORMALIZED  SCORE  THRESHOLD  REGIONS  WORST REGION          MS\n" +
          Path("nok.png") + "  NOK           0.990     20         10        1  56x78 at 12,34       123\n" +
          Path("ok.png") + "   OK            0.100      4         10        0  -                    123\n");
}

TEST_F(ScoreTest, AFolderStandsForItsPictures) {
  const nlohmann::json json = nlohmann::json::parse(Run({"score", "cloth", temporary_.path(), "--json"}).out);
  ASSERT_EQ(json.size(), 3u);
  EXPECT_EQ(json[0]["picture"], Path("nok.png"));
  EXPECT_EQ(json[1]["verdict"], "OK");
  EXPECT_EQ(json[0]["regions"][0]["width"], 56);
  EXPECT_EQ(json[0]["version"], 5);
}

TEST_F(ScoreTest, FilesPassedOverAreToldAndSubFoldersTakenWhenAskedFor) {
  for (const char* name : {"1.txt", "2.txt", "3.webp"}) WriteText(name, "x");
  WriteText("day/ok.png", "ok.png");
  for (const char* format : {"--csv", "--jsonl"}) {
    const Outcome outcome = Run({"score", "cloth", temporary_.path(), format});
    EXPECT_EQ(outcome.code, 0);
    EXPECT_EQ(outcome.err,
              "cloth: 3 other files passed over: 2 .txt, 1 .webp; 1 picture in 1 sub-folder (" + Path("day") +
                  ") passed over: --recursive takes them\n");
  }
  const Outcome outcome = Run({"score", "cloth", temporary_.path(), "--jsonl", "--recursive"});
  EXPECT_EQ(outcome.err, "cloth: 3 other files passed over: 2 .txt, 1 .webp\n");
  EXPECT_THAT(outcome.out, HasSubstr(Path("day/ok.png")));
}

TEST_F(ScoreTest, CsvForASpreadsheetHoldsNoFormulaAndCanBeResumed) {
  const testing::InFolder in_folder(temporary_.path());
  WriteText("=1.png", "ok.png");
  WriteText("@a;b.png", "ok.png");
  WriteText("+bad.png", "text");
  const std::vector<std::string> arguments = {"score",    "cloth",    "=1.png", "@a;b.png",
                                              "+bad.png", "./ok.png", "--csv"};
  std::vector<std::string> more = arguments;
  more.emplace_back("--for-spreadsheet");
  const std::string csv = Run(more).out;
  EXPECT_THAT(csv, HasSubstr("\n./=1.png,cloth,5,OK,"));
  EXPECT_THAT(csv, HasSubstr("\n\"./@a;b.png\",cloth,5,OK,"));
  EXPECT_THAT(csv, HasSubstr("\n./+bad.png,,,,,,,,,,,,,\"'+bad.png: not a PNG, JPEG"));
  EXPECT_THAT(Run(arguments).out, HasSubstr("\n=1.png,")) << "not unless asked for";

  // Rows of either kind are found again by a run of either kind.
  for (const std::string& earlier : {csv, Run(arguments).out}) {
    WriteText("earlier.csv", earlier);
    for (std::vector<std::string> again : {arguments, more}) {
      again.insert(again.end(), {"--resume", Path("earlier.csv")});
      EXPECT_THAT(Run(again).err, HasSubstr("every picture has its row"));
    }
  }
  // The heading and the first row: three are left.
  WriteText("earlier.csv", csv.substr(0, csv.find("\n", csv.find("./=1.png")) + 1));
  more.insert(more.end(), {"--resume", Path("earlier.csv")});
  const std::string rest = Run(more).out;
  EXPECT_THAT(rest, ::testing::Not(HasSubstr("=1.png")));
  EXPECT_EQ(std::count(rest.begin(), rest.end(), '\n'), 4);
}

TEST_F(ScoreTest, OnlyCsvIsForASpreadsheet) {
  const Outcome outcome = Run({"score", "cloth", Path("ok.png"), "--jsonl", "--for-spreadsheet"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("--for-spreadsheet requires --csv"));
}

TEST_F(ScoreTest, FailOnTakesTheVerdictAsItIsPrinted) {
  for (const char* verdict : {"NOK", "Nok", "nok"}) {
    EXPECT_EQ(Run({"score", "cloth", Path("nok.png"), "--fail-on", verdict}).code, 2) << verdict;
    EXPECT_EQ(Run({"score", "cloth", Path("review.png"), "--fail-on", verdict}).code, 0) << verdict;
  }
  EXPECT_EQ(Run({"score", "cloth", Path("review.png"), "--fail-on", "REVIEW"}).code, 2);
  EXPECT_EQ(Run({"score", "cloth", Path("review.png"), "--fail-on", "good"}).code, 1);
}

TEST_F(ScoreTest, WhereACategoryThatIsNotThereIsAFolderTheOrderIsSaid) {
  const testing::InFolder in_folder(temporary_.path());
  WriteText("paper/ok.png", "ok.png");
  WriteText("cloth/ok.png", "ok.png");
  EXPECT_EQ(Run({"score", "paper", "cloth"}).err,
            "mlfsc: there is no category paper; paper is a folder, too: the order is mlfsc score CATEGORY "
            "PICTURE: 1 of 1 picture not done\n");
}

TEST_F(ScoreTest, AVersionCanBeChosen) {
  const nlohmann::json json =
      nlohmann::json::parse(Run({"score", "cloth", Path("ok.png"), "--version", "2", "--json"}).out);
  EXPECT_EQ(json[0]["version"], 2);
}

TEST_F(ScoreTest, CsvIsOneLineAPicture) {
  WriteText("a,b.png", "ok.png");
  const Outcome outcome = Run({"score", "cloth", Path("a,b.png"), Path("nok.png"), "--csv"});
  EXPECT_EQ(outcome.out,
            "picture,category,version,verdict,normalized_score,raw_score,threshold,regions,worst_x,worst_y,"
            "worst_width,worst_height,milliseconds,error\n"
            "\"" +
                Path("a,b.png") + "\",cloth,5,OK,0.1,4,10,0,,,,,123.400,\n" + Path("nok.png") +
                ",cloth,5,NOK,0.99,20,10,1,12,34,56,78,123.400,\n");
}

TEST_F(ScoreTest, FailOnTurnsAVerdictIntoExitCodeTwo) {
  EXPECT_EQ(Run({"score", "cloth", Path("ok.png"), Path("review.png"), "--fail-on", "nok"}).code, 0);
  EXPECT_EQ(Run({"score", "cloth", Path("ok.png"), Path("nok.png"), "--fail-on", "nok"}).code, 2);
  EXPECT_EQ(Run({"score", "cloth", Path("ok.png"), Path("review.png"), "--fail-on", "review"}).code, 2);
  EXPECT_EQ(Run({"score", "cloth", Path("nok.png"), "--fail-on", "review"}).code, 2) << "worse than review";
  EXPECT_EQ(Run({"score", "cloth", Path("nok.png")}).code, 0) << "not asked for";
}

TEST_F(ScoreTest, ABadPictureIsNamedAndTheOthersAreScored) {
  WriteText("text.png", "text");
  const Outcome outcome =
      Run({"score", "cloth", Path("text.png"), Path("gone.png"), Path("nok.png"), "--fail-on", "nok"});
  EXPECT_EQ(outcome.code, 1) << "an error outweighs a verdict";
  EXPECT_THAT(outcome.out, HasSubstr("NOK"));
  EXPECT_EQ(outcome.err, "mlfsc: " + Path("text.png") + ": not a PNG, JPEG, BMP or TIFF file\n" +
                             "mlfsc: " + Path("gone.png") + ": no such file\n");
}

TEST_F(ScoreTest, BadPicturesAreInJsonAndCsvToo) {
  WriteText("text.png", "text");
  const nlohmann::json json =
      nlohmann::json::parse(Run({"score", "cloth", Path("text.png"), Path("ok.png"), "--json"}).out);
  EXPECT_THAT(json[0]["error"].get<std::string>(), HasSubstr("not a PNG"));
  EXPECT_FALSE(json[1].contains("error"));
  EXPECT_THAT(Run({"score", "cloth", Path("text.png"), "--csv"}).out,
              HasSubstr(",,,,,,,,,,,,,\"" + Path("text.png") + ": not a PNG, JPEG"));
}

TEST_F(ScoreTest, AnErrorThatIsNotThePicturesEndsItAll) {
  const Outcome outcome = Run({"score", "paper", Path("ok.png"), Path("nok.png"), "--jobs", "1"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.err, "mlfsc: there is no category paper: 2 of 2 pictures not done\n");
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_EQ(stub_->timeouts().size(), 1u) << "no second request";
}

TEST_F(ScoreTest, WhatIsKnownOfTheFilesGoesWithEachPicture) {
  v1::ScoreRequest sent;
  stub_->on_score = [&](const v1::ScoreRequest& request) {
    sent = request;
    return v1::ScoreResponse();
  };
  Run({"score", "cloth", Path("ok.png"), "--bit-depth", "12", "--page", "3"});
  EXPECT_EQ(sent.picture().bit_depth(), 12);
  EXPECT_EQ(sent.picture().page(), 3);
  Run({"score", "cloth", Path("ok.png")});
  EXPECT_EQ(sent.picture().bit_depth(), 0);
  EXPECT_EQ(sent.picture().page(), 0);
  for (const char* bit_depth : {"8", "17"}) {
    EXPECT_EQ(Run({"score", "cloth", Path("ok.png"), "--bit-depth", bit_depth}).code, 1) << bit_depth;
  }
}

TEST_F(ScoreTest, WhatIsOddAboutPicturesIsSaidOnceWithTheFirstOfThem) {
  answers_["nok.png"].set_notice("no sample above 4095");
  answers_["ok.png"].set_notice("no sample above 4095");
  const Outcome outcome = Run({"score", "cloth", temporary_.path()});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.err,
            "mlfsc: warning: " + Path("nok.png") + " and 1 more: no sample above 4095 (--bit-depth)\n");
  const nlohmann::json json = nlohmann::json::parse(Run({"score", "cloth", temporary_.path(), "--json"}).out);
  EXPECT_EQ(json[0]["notice"], "no sample above 4095");
  EXPECT_FALSE(json[2].contains("notice"));
}

TEST_F(ScoreTest, JsonAndCsvExcludeEachOther) {
  EXPECT_EQ(Run({"score", "cloth", Path("ok.png"), "--json", "--csv"}).code, 1);
}

TEST_F(ScoreTest, ManyPicturesInFlightComeOutInOrder) {
  std::vector<std::string> arguments = {"score", "cloth", "--json", "--jobs", "8"};
  for (int i = 0; i < 100; ++i) arguments.push_back(Path(i % 3 == 0 ? "nok.png" : "ok.png"));
  const nlohmann::json json = nlohmann::json::parse(Run(arguments).out);
  ASSERT_EQ(json.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(json[i]["verdict"], i % 3 == 0 ? "NOK" : "OK");
}

TEST_F(ScoreTest, JsonLinesAreOneObjectAPicture) {
  const Outcome outcome = Run({"score", "cloth", Path("ok.png"), Path("gone.png"), "--jsonl"});
  std::istringstream lines(outcome.out);
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(nlohmann::json::parse(line)["verdict"], "OK");
  std::getline(lines, line);
  EXPECT_EQ(nlohmann::json::parse(line)["picture"], Path("gone.png"));
  EXPECT_FALSE(std::getline(lines, line));
}

TEST_F(ScoreTest, CtrlCEndsItWithTheRowsSoFarAndTheCountOfTheOthers) {
  const auto answer = stub_->on_score;
  for (const char* format : {"--csv", "--json"}) {
    int asked = 0;
    stub_->on_score = [&](const v1::ScoreRequest& request) {
      ++asked;
      return answer(request);
    };
    interrupted_ = [&] { return asked == 2; };
    const Outcome outcome = Run({"score", "cloth", Path("ok.png"), Path("nok.png"), Path("review.png"),
                                 Path("ok.png"), format, "--jobs", "1"});
    EXPECT_EQ(outcome.code, 3);
    EXPECT_THAT(outcome.out, HasSubstr(Path("nok.png")));
    EXPECT_THAT(outcome.out, ::testing::Not(HasSubstr(Path("review.png"))));
    EXPECT_THAT(outcome.err, HasSubstr("mlfsc: interrupted: 2 of 4 pictures not done"));
    if (format == std::string("--json")) {
      EXPECT_EQ(nlohmann::json::parse(outcome.out).size(), 2u);
    }
  }
}

TEST_F(ScoreTest, AServerThatGoesAwayIsWaitedForAndNothingIsLost) {
  const auto answer = stub_->on_score;
  int asked = 0;
  stub_->on_score = [&](const v1::ScoreRequest& request) -> absl::StatusOr<v1::ScoreResponse> {
    if (++asked > 1 && asked < 20) return absl::UnavailableError("server line:1: refused");
    return answer(request);
  };
  const Outcome outcome =
      Run({"score", "cloth", Path("ok.png"), Path("nok.png"), Path("review.png"), "--csv", "--jobs", "1"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.err, "mlfsc: waiting up to 1m: server line:1: refused\nmlfsc: going on\n");
  EXPECT_EQ(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 4);
}

TEST_F(ScoreTest, WhenPatienceIsOverTheRowsSoFarAreThereAndTheOthersAreCounted) {
  const auto answer = stub_->on_score;
  int asked = 0;
  stub_->on_score = [&](const v1::ScoreRequest& request) -> absl::StatusOr<v1::ScoreResponse> {
    if (++asked > 2) return absl::UnavailableError("server line:1: refused");
    return answer(request);
  };
  const Outcome outcome = Run({"score", "cloth", Path("ok.png"), Path("nok.png"), Path("review.png"), "--csv",
                               "--jobs", "2", "--patience", "5s"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("mlfsc: server line:1: refused: 1 of 3 pictures not done"));
  EXPECT_EQ(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 3);
}

TEST_F(ScoreTest, WhatTheServerCannotScoreNowComesBehindTheOthers) {
  const auto answer = stub_->on_score;
  for (const absl::StatusCode code :
       {absl::StatusCode::kResourceExhausted, absl::StatusCode::kInternal, absl::StatusCode::kUnknown,
        absl::StatusCode::kDeadlineExceeded, absl::StatusCode::kDataLoss, absl::StatusCode::kAborted}) {
    int refused = 0;
    stub_->on_score = [&](const v1::ScoreRequest& request) -> absl::StatusOr<v1::ScoreResponse> {
      if (request.picture().encoded() == "nok.png" && ++refused < 4) return absl::Status(code, "no memory");
      return answer(request);
    };
    const Outcome outcome =
        Run({"score", "cloth", Path("nok.png"), Path("ok.png"), "--jsonl", "--jobs", "1"});
    EXPECT_EQ(outcome.code, 0) << absl::StatusCodeToString(code);
    EXPECT_LT(outcome.out.find(Path("ok.png")), outcome.out.find(Path("nok.png")));
    EXPECT_THAT(outcome.err, HasSubstr(Path("nok.png") + ": no memory (tried again after the others)"));
    EXPECT_THAT(outcome.out, ::testing::Not(HasSubstr("error")));
  }
}

TEST_F(ScoreTest, WhatNeedsSomebodyToActEndsItAtOnce) {
  for (const absl::StatusCode code :
       {absl::StatusCode::kUnauthenticated, absl::StatusCode::kPermissionDenied,
        absl::StatusCode::kFailedPrecondition, absl::StatusCode::kUnimplemented}) {
    int asked = 0;
    stub_->on_score = [&](const v1::ScoreRequest&) -> absl::StatusOr<v1::ScoreResponse> {
      ++asked;
      return absl::Status(code, "no token");
    };
    const Outcome outcome = Run({"score", "cloth", Path("nok.png"), Path("ok.png"), "--jobs", "1"});
    EXPECT_EQ(outcome.code, 1) << absl::StatusCodeToString(code);
    EXPECT_EQ(outcome.err, "mlfsc: no token: 2 of 2 pictures not done\n");
    EXPECT_EQ(asked, 1);
  }
}

TEST_F(ScoreTest, ANameThatNoCategoryCanHaveIsNotEveryPicturesError) {
  const auto wrong = absl::InvalidArgumentError("the category's name is \"a/b\"");
  stub_->on_get = [&](const v1::GetCategoryRequest&) { return absl::StatusOr<v1::Category>(wrong); };
  stub_->on_score = [&](const v1::ScoreRequest&) { return absl::StatusOr<v1::ScoreResponse>(wrong); };
  const Outcome outcome = Run({"score", "a/b", Path("nok.png"), Path("ok.png"), "--csv", "--jobs", "1"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(outcome.err, HasSubstr("2 of 2 pictures not done"));
}

TEST_F(ScoreTest, ResumeLeavesOutWhatHasARow) {
  WriteText("a,b.png", "ok.png");
  for (const char* format : {"--csv", "--jsonl"}) {
    const std::vector<std::string> all = {Path("ok.png"), Path("a,b.png"), Path("nok.png"), Path("ok.png")};
    const std::string whole = Run({"score", "cloth", all[0], all[1], all[2], all[3], format}).out;
    std::set<size_t> cuts = {0, 20, whole.size() / 2, whole.size() - 1, whole.size()};
    for (const size_t cut : cuts) {
      WriteText("earlier", whole.substr(0, cut));
      const Outcome rest =
          Run({"score", "cloth", all[0], all[1], all[2], all[3], format, "--resume", Path("earlier")});
      EXPECT_EQ(rest.code, 0) << rest.err;
      // Both together have each row once; the heading and a part of a row aside.
      const std::string both =
          whole.substr(0, cut).substr(0, whole.substr(0, cut).rfind('\n') + 1) + rest.out;
      for (const std::string name : {"ok.png", "a,b.png", "nok.png"}) {
        const std::string path = Path(name);
        int found = 0;
        for (size_t at = both.find(path); at != std::string::npos; at = both.find(path, at + 1)) ++found;
        EXPECT_EQ(found, name == "ok.png" ? 2 : 1) << format << " " << cut << " " << name << "\n" << both;
      }
    }
  }
}

TEST_F(ScoreTest, ResumeTakesNoFileThatIsSomethingElse) {
  const auto resume = [&](const std::string& text, const std::string& format) {
    WriteText("earlier", text);
    return Run({"score", "cloth", Path("ok.png"), format, "--resume", Path("earlier")});
  };
  const std::string csv = Run({"score", "cloth", Path("nok.png"), "--csv"}).out;
  EXPECT_THAT(resume("my shopping list\n", "--csv").err,
              HasSubstr("earlier line 1: not a row of `mlfsc score"));
  EXPECT_THAT(resume(csv + "a,b\n", "--csv").err, HasSubstr("earlier line 3: not a row"));
  EXPECT_THAT(resume("{}\n", "--jsonl").err, HasSubstr("earlier line 1: not a line of"));
  EXPECT_THAT(resume(csv, "--jsonl").err, HasSubstr("is CSV; go on with --csv"));
  answers_["ok.png"].set_category("linen");
  EXPECT_THAT(resume(Run({"score", "cloth", Path("ok.png"), "--csv"}).out, "--csv").err,
              HasSubstr("earlier line 2: of the category linen, not cloth"));
  EXPECT_EQ(Run({"score", "cloth", Path("ok.png"), "--csv", "--resume", Path("none")}).code, 1);
}

}  // namespace
}  // namespace mlfsc::client
