#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "tests/client/commands/command_test.h"

namespace mlfsc::client {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// The fake server's verdict is what the picture's bytes say.
class WatchTest : public CommandTest {
 protected:
  WatchTest() {
    fs::create_directory(Path("in"));
    stub_->on_get = [](const v1::GetCategoryRequest& request) -> absl::StatusOr<v1::Category> {
      if (request.category() != "cloth") return absl::NotFoundError("there is no category");
      return v1::Category();
    };
    stub_->on_score = [this](const v1::ScoreRequest& request) -> absl::StatusOr<v1::ScoreResponse> {
      scored_.push_back(request.picture().encoded());
      if (away_ > 0 && away_-- > 0) return absl::UnavailableError("server line:1: refused");
      if (request.picture().encoded() == "garbage") return absl::InvalidArgumentError("not a picture");
      v1::ScoreResponse response;
      v1::Inspection* inspection = response.mutable_inspection();
      inspection->set_category("cloth");
      inspection->set_version(2);
      inspection->set_verdict(request.picture().encoded() == "bad" ? v1::NOK : v1::OK);
      inspection->set_normalized_score(request.picture().encoded() == "bad" ? 0.9 : 0.1);
      return response;
    };
  }

  // One job, so that the order is that of arrival.
  Outcome Watch(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"watch", Path("in"), "cloth", "--once", "--jobs", "1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Run(arguments);
  }

  void Arrive(const std::string& name, const std::string& bytes) {
    WriteText("in/" + name, bytes);
    // File systems' times are coarser than a test is fast.
    fs::last_write_time(Path("in/" + name),
                        fs::file_time_type::clock::now() + std::chrono::seconds(++arrived_));
  }

  std::vector<std::string> Rows(const std::string& csv) {
    std::ifstream in(Path(csv));
    std::vector<std::string> rows;
    for (std::string row; std::getline(in, row);) rows.push_back(row);
    return rows;
  }

  std::vector<std::string> scored_;
  int away_ = 0;
  int arrived_ = 0;
};

TEST_F(WatchTest, WhatIsKnownOfTheFilesGoesAlongAndWhatIsOddAboutThemIsSaidOnce) {
  std::vector<v1::Picture> sent;
  stub_->on_score = [&](const v1::ScoreRequest& request) {
    sent.push_back(request.picture());
    v1::ScoreResponse response;
    response.mutable_inspection()->set_verdict(v1::OK);
    response.mutable_inspection()->set_notice("no sample above 4095");
    return response;
  };
  Arrive("a.png", "good");
  Arrive("b.png", "good too");
  const Outcome outcome = Watch({"--bit-depth", "12", "--page", "3"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_EQ(sent[0].bit_depth(), 12);
  EXPECT_EQ(sent[1].page(), 3);
  EXPECT_EQ(outcome.err,
            "mlfsc: warning: a.png: no sample above 4095 (--bit-depth)\n"
            "2 pictures: 2 OK, 0 REVIEW, 0 NOK, 0 unreadable\n");
}

TEST_F(WatchTest, WhatIsThereIsScoredInOrderOfArrivalAndGetsARow) {
  setenv("TZ", "UTC", 1);
  Arrive("b.png", "good");
  Arrive("a.png", "bad");
  const Outcome outcome = Watch();
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(scored_, ElementsAre("good", "bad"));
  const std::vector<std::string> rows = Rows("in/scores.csv");
  ASSERT_THAT(rows, SizeIs(3));
  EXPECT_EQ(
      rows[0],
      "time,picture,placed,category,version,verdict,normalized_score,raw_score,threshold,regions,worst_x,"
      "worst_y,worst_width,worst_height,milliseconds,error");
  EXPECT_THAT(rows[1], HasSubstr(",b.png," + Path("in/b.png") + ",cloth,2,OK,0.1,"));
  EXPECT_THAT(rows[2], HasSubstr(",a.png," + Path("in/a.png") + ",cloth,2,NOK,0.9,"));
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("OK      0.100  b.png\n"), HasSubstr("NOK     0.900  a.png\n")));
  EXPECT_EQ(outcome.err, "2 pictures: 1 OK, 0 REVIEW, 1 NOK, 0 unreadable\n");
}

TEST_F(WatchTest, ForASpreadsheetNoCellOfARowIsAFormula) {
  Arrive("=1+2.png", "good");
  EXPECT_EQ(Watch({"--for-spreadsheet"}).code, 0);
  Arrive("-3.png", "garbage");
  EXPECT_EQ(Watch({"--for-spreadsheet", "--move", Path("sorted")}).code, 0);
  const std::vector<std::string> rows = Rows("in/scores.csv");
  ASSERT_THAT(rows, SizeIs(3));
  EXPECT_THAT(rows[1], HasSubstr(",./=1+2.png," + Path("in/=1+2.png") + ",cloth,"));
  EXPECT_THAT(rows[2], HasSubstr(",./-3.png," + Path("sorted/ERROR/-3.png") + ","));
}

TEST_F(WatchTest, ARestartScoresOnlyWhatIsNew) {
  Arrive("a.png", "good");
  Watch();
  Arrive("b.png", "good");
  Watch();
  Watch();
  EXPECT_THAT(scored_, SizeIs(2));
  EXPECT_THAT(Rows("in/scores.csv"), SizeIs(3));
  Arrive("a.png", "bad");
  Watch({"--quiet"});
  EXPECT_THAT(scored_, SizeIs(3)) << "written anew it is another picture";
}

TEST_F(WatchTest, PicturesAreMovedByVerdict) {
  Arrive("a.png", "good");
  Arrive("b.png", "bad");
  EXPECT_EQ(Watch({"--move", Path("sorted"), "--csv", Path("shift.csv")}).code, 0);
  EXPECT_TRUE(fs::exists(Path("sorted/OK/a.png")));
  EXPECT_TRUE(fs::exists(Path("sorted/NOK/b.png")));
  EXPECT_FALSE(fs::exists(Path("in/a.png")));
  EXPECT_THAT(Rows("shift.csv")[1], HasSubstr(Path("sorted/OK/a.png")));
}

TEST_F(WatchTest, OrLinked) {
  Arrive("a.png", "bad");
  EXPECT_EQ(Watch({"--link", Path("sorted")}).code, 0);
  EXPECT_TRUE(fs::is_symlink(Path("sorted/NOK/a.png")));
  EXPECT_TRUE(fs::exists(Path("in/a.png")));
  EXPECT_EQ(Watch({"--link", Path("sorted"), "--move", Path("sorted")}).code, 1);
}

TEST_F(WatchTest, APictureThatCannotBeReadGetsASecondChanceAndThenARow) {
  Arrive("a.png", "garbage");
  const Outcome outcome = Watch({"--move", Path("sorted")});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(scored_, SizeIs(2));
  EXPECT_EQ(outcome.err, "mlfsc: a.png: not a picture\n1 picture: 0 OK, 0 REVIEW, 0 NOK, 1 unreadable\n");
  EXPECT_TRUE(fs::exists(Path("sorted/ERROR/a.png")));
  EXPECT_THAT(Rows("in/scores.csv")[1], HasSubstr(",not a picture"));
}

TEST_F(WatchTest, AnEmptyPictureIsWaitedForAndThenHasARow) {
  Arrive("a.png", "");
  Arrive("b.png", "good");
  const Outcome outcome = Watch();
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(scored_, ElementsAre("good"));
  EXPECT_THAT(outcome.err, HasSubstr("2 pictures: 1 OK, 0 REVIEW, 0 NOK, 1 unreadable"));
  EXPECT_THAT(Rows("in/scores.csv"), Contains(AllOf(HasSubstr("a.png"), HasSubstr("empty"))));
}

TEST_F(WatchTest, WhatIsPassedOverIsSaid) {
  Arrive("a.png", "good");
  WriteText("in/b.webp", "x");
  WriteText("in/below/c.png", "x");
  fs::create_symlink("/nowhere/d.png", Path("in/d.png"));
  const Outcome outcome = Watch();
  EXPECT_THAT(outcome.err, HasSubstr("cloth: 1 other file passed over: 1 .webp\n"));
  EXPECT_THAT(outcome.err, HasSubstr("cloth: 1 picture in sub-folders (" + Path("in/below") + ", ...) passed over"));
  EXPECT_THAT(outcome.err, HasSubstr("cloth: d.png: no file (a dead link, a socket or the like); passed over\n"));
  EXPECT_THAT(Watch().err, ::testing::Not(HasSubstr(".csv"))) << "its own";
}

TEST_F(WatchTest, APictureWithoutAVerdictIsPutWithThoseThatCannotBeRead) {
  stub_->on_score = [](const v1::ScoreRequest&) {
    return absl::StatusOr<v1::ScoreResponse>(v1::ScoreResponse());
  };
  Arrive("a.png", "good");
  EXPECT_EQ(Watch({"--move", Path("out")}).code, 0);
  EXPECT_TRUE(fs::exists(Path("out/ERROR/a.png")));
}

// Verdicts are counted; one that nobody knows would be counted out of bounds. As long as the server talks
// nonsense, it is as good as away.
TEST_F(WatchTest, AVerdictNobodyKnowsIsAskedForAgain) {
  int asked = 0;
  stub_->on_score = [&](const v1::ScoreRequest&) -> absl::StatusOr<v1::ScoreResponse> {
    v1::ScoreResponse response;
    response.mutable_inspection()->set_verdict(++asked < 3 ? static_cast<v1::Verdict>(1'000'000) : v1::OK);
    return response;
  };
  Arrive("a.png", "good");
  EXPECT_EQ(Watch().code, 0);
  EXPECT_EQ(asked, 3);
}

TEST_F(WatchTest, WhileTheServerIsAwayPicturesWait) {
  Arrive("a.png", "good");
  Arrive("b.png", "good");
  away_ = 2;
  const Outcome outcome = Watch({"--attempts", "1"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("mlfsc: waiting: server line:1: refused\n"),
                                 HasSubstr("mlfsc: going on\n"), HasSubstr("2 pictures: 2 OK")));
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 3) << "waiting is told once";
  EXPECT_THAT(Rows("in/scores.csv"), SizeIs(3));
}

TEST_F(WatchTest, WithoutOnceItRunsUntilItIsInterrupted) {
  Arrive("a.png", "good");
  int asked = 0;
  interrupted_ = [&asked] { return ++asked > 200; };
  const Outcome outcome = Run({"watch", Path("in"), "cloth"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("1 picture: 1 OK"));
}

TEST_F(WatchTest, AFolderThatIsAwayForAWhileIsWaitedFor) {
  Arrive("a.png", "good");
  int asked = 0;
  // The network goes after the first picture and comes back with another.
  interrupted_ = [this, &asked] {
    ++asked;
    if (asked == 100) fs::rename(Path("in"), Path("gone"));
    if (asked == 200) {
      fs::rename(Path("gone"), Path("in"));
      Arrive("b.png", "good");
    }
    return asked > 500;
  };
  const Outcome outcome = Run({"watch", Path("in"), "cloth", "--jobs", "1", "--csv", Path("scores.csv")});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("mlfsc: waiting: " + Path("in") + ": no such folder\n"),
                                 HasSubstr("mlfsc: going on\n"), HasSubstr("2 pictures: 2 OK")));
}

TEST_F(WatchTest, WhatIsWrongFromTheStartIsTheError) {
  EXPECT_THAT(Run({"watch", Path("none"), "cloth", "--once"}).err, HasSubstr("no such folder"));
  EXPECT_THAT(Run({"watch", Path("in"), "silk", "--once"}).err, HasSubstr("no category"));
  EXPECT_THAT(scored_, IsEmpty());
}

TEST_F(WatchTest, AJournalOfAnEarlierVersionIsNamedAndLeftAsItIs) {
  WriteText("in/.mlfsc-watch-cloth", "garbage\nmore\n");
  const Outcome outcome = Watch();
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr(".mlfsc-watch-cloth"), HasSubstr("earlier version"),
                                 HasSubstr("move it away")));
  EXPECT_TRUE(fs::exists(Path("in/.mlfsc-watch-cloth")));
  WriteText("journal", "garbage\nmore\n" + std::string(1000, 'x'));
  EXPECT_THAT(Watch({"--journal", Path("journal")}).err, HasSubstr("move it away"));
}

TEST_F(WatchTest, OverwrittenWithTheSameSizeAndTimeItIsScoredAgain) {
  Arrive("latest.bmp", "good");
  const fs::file_time_type time = fs::last_write_time(Path("in/latest.bmp"));
  Watch();
  WriteText("in/latest.bmp", "bad!");
  fs::last_write_time(Path("in/latest.bmp"), time);
  Watch();
  EXPECT_THAT(scored_, ElementsAre("good", "bad!"));
  EXPECT_THAT(Rows("in/scores.csv"), SizeIs(3));
}

TEST_F(WatchTest, APictureThatIsBeingWrittenWaitsHoweverLongItsWriterPauses) {
  std::ofstream slow(Path("in/slow.png"));
  slow << "go" << std::flush;
  int asked = 0;
  interrupted_ = [&] {
    ++asked;
    EXPECT_TRUE(asked > 300 || scored_.empty());
    if (asked == 300) {
      slow << "od" << std::flush;
      slow.close();
    }
    return asked > 1000;
  };
  EXPECT_EQ(Watch().code, 0);
  EXPECT_THAT(scored_, ElementsAre("good"));
}

TEST_F(WatchTest, APictureThatLacksItsEndGetsASecondChanceBeforeItIsSent) {
  Arrive("a.png", "\x89PNG\r\n\x1A\n");
  int asked = 0;
  interrupted_ = [&] {
    if (++asked == 30) {
      EXPECT_THAT(scored_, IsEmpty());
    }
    return false;
  };
  EXPECT_EQ(Watch().code, 0);
  EXPECT_THAT(scored_, SizeIs(1)) << "it has had its second chance";
  EXPECT_GT(asked, 30);
}

// Whatever the server answers but INVALID_ARGUMENT, the picture stays where it is and is scored in the end.
TEST_F(WatchTest, NoFaultOfTheServersIsCountedAsThePictures) {
  const struct {
    absl::StatusCode code;
    bool ends;
  } kCodes[] = {
      {absl::StatusCode::kCancelled, false},         {absl::StatusCode::kUnknown, false},
      {absl::StatusCode::kDeadlineExceeded, false},  {absl::StatusCode::kNotFound, true},
      {absl::StatusCode::kAlreadyExists, false},     {absl::StatusCode::kPermissionDenied, true},
      {absl::StatusCode::kUnauthenticated, true},    {absl::StatusCode::kResourceExhausted, false},
      {absl::StatusCode::kFailedPrecondition, true}, {absl::StatusCode::kAborted, false},
      {absl::StatusCode::kOutOfRange, false},        {absl::StatusCode::kUnimplemented, true},
      {absl::StatusCode::kInternal, false},          {absl::StatusCode::kUnavailable, false},
      {absl::StatusCode::kDataLoss, false},
  };
  const auto answer = stub_->on_score;
  for (const auto& [code, ends] : kCodes) {
    const std::string name = absl::StatusCodeToString(code);
    Arrive(name + ".png", "good");
    int refused = 0;
    stub_->on_score = [&, code = code](const v1::ScoreRequest& request) -> absl::StatusOr<v1::ScoreResponse> {
      if (++refused <= 4) return absl::Status(code, "no memory");
      return answer(request);
    };
    const Outcome outcome = Watch({"--move", Path("sorted"), "--attempts", "1"});
    EXPECT_EQ(outcome.code, ends ? 1 : 0) << name << outcome.err;
    EXPECT_EQ(fs::exists(Path("in/" + name + ".png")), ends) << name;
    EXPECT_EQ(fs::exists(Path("sorted/OK/" + name + ".png")), !ends) << name;
    EXPECT_THAT(outcome.err, HasSubstr("no memory"));
    fs::remove(Path("in/" + name + ".png"));
  }
  EXPECT_FALSE(fs::exists(Path("sorted/ERROR")));
}

TEST_F(WatchTest, APictureThatTheServerCannotScoreNowHoldsUpNoOther) {
  Arrive("a.png", "bad");
  Arrive("b.png", "good");
  const auto answer = stub_->on_score;
  int refused = 0;
  stub_->on_score = [&](const v1::ScoreRequest& request) -> absl::StatusOr<v1::ScoreResponse> {
    if (request.picture().encoded() == "bad" && ++refused < 4)
      return absl::ResourceExhaustedError("no memory");
    return answer(request);
  };
  const Outcome outcome = Watch();
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(scored_, ElementsAre("good", "bad"));
  EXPECT_EQ(outcome.err, "mlfsc: a.png waits: no memory\n2 pictures: 1 OK, 0 REVIEW, 1 NOK, 0 unreadable\n")
      << "said once";
}

TEST_F(WatchTest, OnceGivesUpWhenItsPatienceIsOverAndLeavesThePictures) {
  Arrive("a.png", "good");
  away_ = 1'000'000;
  const Outcome outcome = Watch({"--attempts", "1", "--patience", "2m", "--move", Path("sorted")});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("gave up after 2m without an answer"));
  EXPECT_TRUE(fs::exists(Path("in/a.png")));
}

}  // namespace
}  // namespace mlfsc::client
