#include "server/signals.h"

#include <csignal>
#include <iostream>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

namespace mlfsc {
namespace {

using ::testing::ExitedWithCode;
using ::testing::KilledBySignal;

// In processes of their own: each makes its signals before any other thread.
class SignalsDeathTest : public ::testing::Test {
 protected:
  SignalsDeathTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }

  // Work that nobody can interrupt.
  [[noreturn]] static void WorkOn() {
    while (true) pause();
  }
};

TEST_F(SignalsDeathTest, AProcessThatWorksOnEndsWhenItsTimeIsUp) {
  EXPECT_EXIT(
      {
        Signals signals;
        signals.EndWithin(absl::Milliseconds(1), [] { std::cerr << "last words" << std::endl; });
        kill(getpid(), SIGTERM);
        WorkOn();
      },
      ExitedWithCode(0), "last words");
}

TEST_F(SignalsDeathTest, TheTimeCountsFromTheSignalAlsoWhenTheLimitComesLater) {
  EXPECT_EXIT(
      {
        Signals signals;
        kill(getpid(), SIGTERM);
        signals.Wait();
        signals.EndWithin(absl::Milliseconds(1), nullptr);
        WorkOn();
      },
      ExitedWithCode(0), "");
}

TEST_F(SignalsDeathTest, LastWordsThatNobodyReadsHoldNothingUp) {
  EXPECT_EXIT(
      {
        const rlimit no_core = {};
        setrlimit(RLIMIT_CORE, &no_core);
        Signals signals;
        signals.EndWithin(absl::Milliseconds(1), [] { WorkOn(); });
        kill(getpid(), SIGTERM);
        WorkOn();
      },
      KilledBySignal(SIGALRM), "");
}

TEST_F(SignalsDeathTest, NothingEndsBeforeASignalOrOnceTheLimitIsTakenBack) {
  EXPECT_EXIT(
      {
        Signals signals;
        signals.EndWithin(absl::ZeroDuration(), [] { std::_Exit(3); });
        signals.EndWithin(absl::InfiniteDuration(), nullptr);
        kill(getpid(), SIGTERM);
        signals.Wait();
        std::_Exit(5);
      },
      ExitedWithCode(5), "");
}

TEST_F(SignalsDeathTest, ASecondSignalEndsAtOnce) {
  EXPECT_EXIT(
      {
        Signals signals;
        kill(getpid(), SIGTERM);
        signals.Wait();
        kill(getpid(), SIGINT);
        WorkOn();
      },
      ExitedWithCode(1), "");
}

}  // namespace
}  // namespace mlfsc
