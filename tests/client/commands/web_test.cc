#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/commands/command_test.h"

namespace mlfsc::client {
namespace {

using ::testing::HasSubstr;

// What runs until it is stopped is tested in client/web and, whole, with the page.
using WebTest = CommandTest;

TEST_F(WebTest, WithoutAPageSaysHowToBuildOne) {
  const Outcome outcome = Run({"web", "--page", Path("none")});
  EXPECT_EQ(outcome.code, kExitError);
  EXPECT_THAT(outcome.err, HasSubstr("--target mlfsc_web_page"));
}

TEST_F(WebTest, ListensOnAnAddress) {
  WriteText("page/index.html", "<html>");
  for (const char* listen :
       {"8080", ":8080", "127.0.0.1:", "127.0.0.1:web", "127.0.0.1:70000", "127.0.0.1:-1"}) {
    const Outcome outcome = Run({"web", "--page", Path("page"), "--listen", listen});
    EXPECT_EQ(outcome.code, kExitError) << listen;
    EXPECT_THAT(outcome.err, HasSubstr("not HOST:PORT")) << listen;
  }
}

TEST_F(WebTest, ACertificateComesWithItsKey) {
  WriteText("page.pem", "certificate");
  const Outcome outcome = Run({"web", "--listen-certificate", Path("page.pem")});
  EXPECT_EQ(outcome.code, kExitError);
  EXPECT_THAT(outcome.err, HasSubstr("--listen-key"));
}

}  // namespace
}  // namespace mlfsc::client
