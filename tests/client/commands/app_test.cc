#include "client/commands/app.h"

#include <algorithm>
#include <cstdlib>

#include "tests/client/commands/command_test.h"
#include "tests/testing/in_folder.h"

namespace mlfsc::client {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kCommands[] = {
    "train",        //
    "score",        //
    "heatmap",      //
    "eval",         //
    "categories",   //
    "activate",     //
    "delete",       //
    "threshold",    //
    "recalibrate",  //
    "export",       //
    "import",       //
    "health",       //
    "statistics",   //
    "bench",        //
    "watch",        //
    "web",          //
    "generate",     //
    "completion",   //
};

class AppTest : public CommandTest {
 protected:
  AppTest() {
    unsetenv("MLFSC_SERVER");
    stub_->on_list = []() -> absl::StatusOr<v1::ListCategoriesResponse> {
      return v1::ListCategoriesResponse();
    };
  }

  // Exit code 1, and one line on `err` that holds `message`.
  void ExpectError(const std::vector<std::string>& arguments, const std::string& message) {
    const Outcome outcome = Run(arguments);
    EXPECT_EQ(outcome.code, 1);
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_THAT(outcome.err, AllOf(StartsWith("mlfsc: "), HasSubstr(message), EndsWith("\n")));
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  }
};

TEST_F(AppTest, HelpNamesEveryCommandAndIsNoError) {
  const Outcome outcome = Run({"--help"});
  EXPECT_EQ(outcome.code, 0);
  for (const char* command : kCommands) {
    EXPECT_THAT(outcome.out, HasSubstr(command));
  }
  EXPECT_THAT(outcome.out, HasSubstr("MLFSC_SERVER"));
  EXPECT_THAT(outcome.err, IsEmpty());
}

TEST_F(AppTest, EveryCommandsHelpHasAnExample) {
  for (const char* command : kCommands) {
    const Outcome outcome = Run({command, "--help"});
    EXPECT_EQ(outcome.code, 0);
    EXPECT_THAT(outcome.out, HasSubstr(std::string("  mlfsc ") + command)) << command;
  }
}

TEST_F(AppTest, TheVersionIsTold) {
  const Outcome outcome = Run({"--version"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out, MLFSC_VERSION "\n");
}

TEST_F(AppTest, ACommandLineThatMakesNoSenseIsOneLineAndExitCodeOne) {
  ExpectError({}, "subcommand");
  ExpectError({"paint"}, "paint");
  ExpectError({"categories", "--wrong"}, "--wrong");
  ExpectError({"score", "cloth"}, "PICTURE");
  ExpectError({"train", "cloth", ".", "--atoms", "many"}, "--atoms");
  ExpectError({"train", "cloth", ".", "--source", "vgg19"}, "pyramid, single_pass, pixels");
  ExpectError({"activate", "cloth", "0"}, "VERSION: 0 is not the number of a version");
}

TEST_F(AppTest, AnErrorSaysWhereHelpIs) { ExpectError({"score"}, "(mlfsc score --help)"); }

TEST_F(AppTest, ATypingErrorInACommandOrAnOptionIsNoticed) {
  ExpectError({"tarin", "cloth", "x"}, "there is no command tarin; did you mean train?");
  ExpectError({"score", "cloth", "x.png", "--jbos", "3"}, "; did you mean --jobs?");
  ExpectError({"eval", "cloth", "x", "--recursve"}, "; did you mean --recursive?");
  ExpectError({"eval", "cloth", "x", "--false_alarm_rat=0.1"}, "; did you mean --false-alarm-rate?");
  EXPECT_THAT(Run({"score", "cloth", "x.png", "--nothing-like-it"}).err, Not(HasSubstr("did you mean")));
}

TEST_F(AppTest, CategoryAndPictureTheWrongWayRoundAreNoticed) {
  WritePicture("part.png", 3);
  WritePicture("pictures/part.png", 3);
  ExpectError(
      {"score", Path("part.png"), "cloth"},
      "is given as the category, and cloth, which is not there, as the picture: the order is mlfsc score "
      "CATEGORY PICTURE");
  ExpectError({"heatmap", Path("part.png"), "cloth", "--out", "x"},
              "the order is mlfsc heatmap CATEGORY PICTURE");
  ExpectError({"bench", Path("pictures"), "cloth"}, "the order is mlfsc bench CATEGORY PICTURE");
  ExpectError({"train", Path("pictures"), "cloth"}, "the order is mlfsc train CATEGORY FOLDER");
  ExpectError({"eval", Path("pictures"), "cloth"}, "the order is mlfsc eval CATEGORY FOLDER");
  ExpectError({"recalibrate", Path("pictures"), "cloth"}, "the order is mlfsc recalibrate CATEGORY FOLDER");
  ExpectError({"watch", "cloth", Path("pictures")}, "the order is mlfsc watch FOLDER CATEGORY");
  // Not there either, but written like a picture.
  ExpectError({"score", "gone.png", "cloth"}, "the order is mlfsc score CATEGORY PICTURE");
}

TEST_F(AppTest, OnlyWordsThatAreSurelySwappedAreSaidToBe) {
  const testing::InFolder in_folder(temporary_.path());
  for (const char* name : {"h.png", "cloth/test/good/0.png", "hundred/1.png", "my parts/1.png"}) {
    WritePicture(name, 3);
  }
  struct Case {
    std::vector<std::string> arguments;
    // Empty: nothing is said of an order.
    std::string said;
  };
  const Case cases[] = {
      {{"score", "h.png", "cloth"}, "h.png is given as the category, and cloth as the picture: the order is"},
      {{"score", "gone.png", "paper"}, "and paper, which is not there, as the picture: the order is"},
      {{"score", "h.png", "h.png", "cloth"}, "and cloth as the picture: the order is"},
      {{"score", "h.png", "h.png"}, ""},
      {{"score", "cloth", "h.pgn"}, ""},
      {{"score", "cloth", "h.png"}, ""},
      {{"score", "paper", "cloth"}, ""},
      {{"score", "cloth", "hundred"}, ""},
      {{"heatmap", "cloth/test", "paper", "--out", "maps"}, "the order is mlfsc heatmap CATEGORY PICTURE"},
      {{"bench", "my parts", "paper"}, "the order is mlfsc bench CATEGORY PICTURE"},
      {{"bench", "hundred", "paper"},
       "paper, given as the picture, is not there; if it is the category and hundred the picture: the order"},
      {{"eval", "cloth", "clothh"}, ""},
      {{"eval", "cloth", "hundred"}, ""},
      {{"eval", "hundred", "paper"}, "if it is the category and hundred the folder: the order is"},
      {{"train", "cloth/test/good", "cloth"}, "the order is mlfsc train CATEGORY FOLDER"},
      {{"train", "cloth", "cloth"}, ""},
      {{"train", "cloth", "hundred"}, ""},
      {{"train", "cloth", "gone/good"}, ""},
      {{"watch", "cloth", "./hundred"}, "the order is mlfsc watch FOLDER CATEGORY"},
      {{"watch", "cloth", "hundred/"}, "the order is mlfsc watch FOLDER CATEGORY"},
      {{"watch", "hundred", "paper", "--once"}, ""},
  };
  for (const Case& one : cases) {
    const std::string err = Run(one.arguments).err;
    SCOPED_TRACE(one.arguments[0] + " " + one.arguments[1] + " " + one.arguments[2]);
    if (one.said.empty()) {
      EXPECT_THAT(err, Not(HasSubstr("the order is")));
    } else {
      EXPECT_THAT(err, AllOf(HasSubstr(one.said), HasSubstr("the order is mlfsc " + one.arguments[0])));
    }
  }
}

TEST_F(AppTest, WhereACategoryThatIsNotThereIsAFolderTheOrderIsSaid) {
  const testing::InFolder in_folder(temporary_.path());
  WritePicture("cloth/1.png", 3);
  WritePicture("hundred/1.png", 3);
  const auto none = absl::NotFoundError("there is no category 'hundred'");
  stub_->on_get = [&](const v1::GetCategoryRequest&) { return absl::StatusOr<v1::Category>(none); };
  ExpectError({"watch", "cloth", "hundred"},
              "there is no category 'hundred'; hundred is a folder, too: the order is mlfsc watch FOLDER "
              "CATEGORY");
  EXPECT_EQ(Run({"watch", "cloth", "paper"}).err, "mlfsc: there is no category 'hundred'\n");
  EXPECT_THAT(Run({"watch", "./cloth", "hundred"}).err, Not(HasSubstr("the order is")));
  EXPECT_THAT(Run({"watch", "hundred", "hundred"}).err, Not(HasSubstr("the order is")));
}

TEST_F(AppTest, AnOptionBeforeTheCommandIsToldItsPlace) {
  ExpectError({"--server", "inspection:1", "health"},
              "--server stands behind the command: mlfsc health --server HOST:PORT\n");
  ExpectError({"--server=inspection:1", "categories"},
              "--server stands behind the command: mlfsc categories --server HOST:PORT\n");
  ExpectError({"--token_file", "secret"}, "mlfsc COMMAND --token-file FILE\n");
  ExpectError({"--recursive", "score", "cloth", "x"}, "mlfsc score --recursive\n");
  EXPECT_THAT(Run({"--nothing-like-it", "health"}).err, Not(HasSubstr("stands behind")));
}

TEST_F(AppTest, TheRightOrderIsLeftAlone) {
  ExpectError({"train", "cloth", Path("none")}, "no such folder");
  EXPECT_THAT(Run({"score", "cloth", Path("none.png")}).err, HasSubstr("no such file"));
  WritePicture("cloth/part.png", 3);
  EXPECT_THAT(Run({"train", Path("cloth"), Path("cloth")}).err, Not(HasSubstr("the order is")));
}

TEST_F(AppTest, AServerThatIsNoAddressIsToldWhatToWriteInstead) {
  ExpectError({"categories", "--server", "localhost"},
              "server 'localhost' has no port; HOST:PORT is wanted, such as localhost:50051");
  ExpectError({"categories", "--server=http://localhost:50051"}, "is a web address");
  setenv("MLFSC_SERVER", "localhost", 1);
  ExpectError({"categories"}, "has no port");
  unsetenv("MLFSC_SERVER");
}

TEST_F(AppTest, TheServerIsTheLocalOneUnlessTold) {
  ASSERT_EQ(Run({"categories"}).code, 0);
  EXPECT_EQ(connected_.channel.server, "127.0.0.1:50051");
  EXPECT_FALSE(connected_.channel.tls);
}

TEST_F(AppTest, TheServerComesFromTheEnvironmentAndAFlagBeatsIt) {
  setenv("MLFSC_SERVER", "inspection:1", 1);
  ASSERT_EQ(Run({"categories"}).code, 0);
  EXPECT_EQ(connected_.channel.server, "inspection:1");
  ASSERT_EQ(Run({"categories", "--server", "other:2"}).code, 0);
  EXPECT_EQ(connected_.channel.server, "other:2");
  unsetenv("MLFSC_SERVER");
}

TEST_F(AppTest, FlagsTakeDashesAndUnderscoresAlike) {
  WriteText("ca.pem", "certificate\n");
  for (const std::string flag : {"--tls-ca", "--tls_ca"}) {
    connected_ = ConnectionOptions();
    ASSERT_EQ(Run({"categories", flag, Path("ca.pem")}).code, 0);
    EXPECT_EQ(connected_.channel.authority, "certificate\n");
    ASSERT_EQ(Run({"categories", flag + "=" + Path("ca.pem")}).code, 0) << "underscores in the value stay";
  }
}

TEST_F(AppTest, TimeAndAttemptsReachTheConnection) {
  ASSERT_EQ(Run({"categories", "--timeout", "1.5", "--attempts", "3"}).code, 0);
  EXPECT_EQ(connected_.retry.timeout, absl::Milliseconds(1500));
  EXPECT_EQ(connected_.retry.max_attempts, 3);
}

TEST_F(AppTest, AnAuthorityTurnsTlsOn) {
  WriteText("ca.pem", "certificate\n");
  ASSERT_EQ(Run({"categories", "--tls-ca", Path("ca.pem"), "--tls-name", "inspection"}).code, 0);
  EXPECT_TRUE(connected_.channel.tls);
  EXPECT_EQ(connected_.channel.server_name, "inspection");
  ExpectError({"categories", "--tls-ca", Path("none.pem")}, "none.pem");
  ExpectError({"categories", "--tls-certificate", Path("ca.pem")}, "--tls-key");
}

TEST_F(AppTest, TheTokenIsTheFilesOneLine) {
  WriteText("token", "secret\n");
  ASSERT_EQ(Run({"categories", "--token-file", Path("token")}).code, 0);
  EXPECT_EQ(connected_.channel.token, "secret");
  WriteText("two", "one\ntwo\n");
  ExpectError({"categories", "--token-file", Path("two")}, "not one token");
  WriteText("none", "");
  ExpectError({"categories", "--token-file", Path("none")}, "empty");
}

TEST_F(AppTest, TheServersErrorIsOneLine) {
  stub_->on_list = []() -> absl::StatusOr<v1::ListCategoriesResponse> {
    return absl::UnavailableError("server 127.0.0.1:50051:\nconnection refused");
  };
  ExpectError({"categories"}, "server 127.0.0.1:50051: connection refused");
}

}  // namespace
}  // namespace mlfsc::client
