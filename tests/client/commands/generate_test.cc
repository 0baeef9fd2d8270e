#include "client/pictures/data_set.h"
#include "tests/client/commands/command_test.h"

namespace mlfsc::client {
namespace {

using ::mlfsc::testing::IsOk;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class GenerateTest : public CommandTest {};

TEST_F(GenerateTest, CountsAndSizeAreOptions) {
  const Outcome outcome = Run({"generate", Path("cloth"), "--train", "2", "--test-good", "1",
                               "--test_defective", "1", "--size", "64", "--seed", "3"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr(": 2 good pictures to learn from, 1 to test with, and 1 with each of "));
  EXPECT_THAT(ListTrainingSet(Path("cloth"))->pictures, SizeIs(2));
  EXPECT_THAT(ListTestSet(Path("cloth")), IsOk());
}

TEST_F(GenerateTest, AFolderInUseIsRefused) {
  WriteText("cloth/mine.txt", "x");
  const Outcome outcome = Run({"generate", Path("cloth")});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.err, "mlfsc: " + Path("cloth") + ": there is something in it already\n");
}

}  // namespace
}  // namespace mlfsc::client
