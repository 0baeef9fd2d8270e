#include <cstdlib>
#include <fstream>
#include <iterator>

#include "tests/client/commands/command_test.h"

namespace mlfsc::client {
namespace {

using ::testing::HasSubstr;

class CompletionTest : public CommandTest {
 protected:
  // What bash says when the script is loaded and `then` is run.
  std::string Bash(const std::string& then) {
    WriteText("completion.bash", Run({"completion", "bash"}).out);
    WriteText("script", "source " + Path("completion.bash") + "\n" + then + "\n");
    const std::string command = "bash --norc " + Path("script") + " > " + Path("said") + " 2>&1";
    EXPECT_EQ(std::system(command.c_str()), 0);
    std::ifstream said(Path("said"));
    return {std::istreambuf_iterator<char>(said), std::istreambuf_iterator<char>()};
  }
};

TEST_F(CompletionTest, BashCompletesCommandsAndTheirOptions) {
  EXPECT_EQ(Bash("COMP_WORDS=(mlfsc he); COMP_CWORD=1; _mlfsc; echo \"${COMPREPLY[@]}\""),
            "heatmap health\n");
  EXPECT_EQ(Bash("COMP_WORDS=(mlfsc eval --boot); COMP_CWORD=2; _mlfsc; echo \"${COMPREPLY[@]}\""),
            "--bootstrap --bootstrap-seed\n");
  EXPECT_EQ(Bash("COMP_WORDS=(mlfsc completion z); COMP_CWORD=2; _mlfsc; echo \"${COMPREPLY[@]}\""), "zsh\n");
}

TEST_F(CompletionTest, BashCompletesFilesWhereTheyBelong) {
  WriteText("picture.png", "");
  EXPECT_EQ(Bash("cd " + temporary_.path() +
                 "; COMP_WORDS=(mlfsc score cloth pict); COMP_CWORD=3; _mlfsc; echo \"${COMPREPLY[@]}\""),
            "picture.png\n");
}

TEST_F(CompletionTest, ZshAndFishKnowEveryCommandWithItsDescription) {
  const std::string zsh = Run({"completion", "zsh"}).out;
  EXPECT_THAT(zsh, HasSubstr("#compdef mlfsc\n"));
  EXPECT_THAT(zsh, HasSubstr("'score:Score pictures\\: how far each departs from good'"));
  EXPECT_THAT(zsh, HasSubstr("'--fail-on=["));
  EXPECT_THAT(zsh, HasSubstr("'--skip-bad["));
  const std::string fish = Run({"completion", "fish"}).out;
  EXPECT_THAT(fish, HasSubstr("-a watch -d 'Score what arrives"));
  EXPECT_THAT(fish, HasSubstr("'__fish_seen_subcommand_from score' -l fail-on -r -d "));
}

TEST_F(CompletionTest, OtherShellsAreRefused) {
  const Outcome outcome = Run({"completion", "tcsh"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("tcsh"));
}

}  // namespace
}  // namespace mlfsc::client
