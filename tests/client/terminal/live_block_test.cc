#include "client/terminal/live_block.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlfsc::client {
namespace {

using ::testing::IsEmpty;

class LiveBlockTest : public ::testing::Test {
 protected:
  LiveBlockTest() {
    terminal_.err = &err_;
    terminal_.interactive = true;
    terminal_.columns = 10;
  }

  // What has been written since the last call.
  std::string Written() {
    const std::string written = err_.str();
    err_.str("");
    return written;
  }

  std::ostringstream err_;
  Terminal terminal_;
};

TEST_F(LiveBlockTest, NothingIsWrittenWhereNobodyLooks) {
  terminal_.interactive = false;
  { LiveBlock(terminal_).Draw({"one", "two"}); }
  EXPECT_THAT(Written(), IsEmpty());
}

TEST_F(LiveBlockTest, IsDrawnOverItselfAndTakenAway) {
  {
    LiveBlock block(terminal_);
    block.Draw({"one", "two", "three"});
    EXPECT_EQ(Written(), "one\ntwo\nthree");
    block.Draw({"four"});
    EXPECT_EQ(Written(), "\r\033[2A\033[Jfour") << "up to the first of three lines";
    block.Draw({"five", "six"});
    EXPECT_EQ(Written(), "\r\033[Jfive\nsix");
  }
  EXPECT_EQ(Written(), "\r\033[1A\033[J");
}

TEST_F(LiveBlockTest, ClearedItIsDrawnWhereTheCursorIs) {
  LiveBlock block(terminal_);
  block.Draw({"one"});
  block.Clear();
  Written();
  block.Draw({"two"});
  EXPECT_EQ(Written(), "two");
}

TEST_F(LiveBlockTest, ALineThatWouldWrapIsClipped) {
  LiveBlock block(terminal_);
  block.Draw({"0123456789", "█████████████"});
  EXPECT_EQ(Written(), "012345678\n█████████");
}

}  // namespace
}  // namespace mlfsc::client
