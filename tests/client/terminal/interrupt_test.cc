#include "client/terminal/interrupt.h"

#include <csignal>

#include <gtest/gtest.h>

namespace mlfsc::client {
namespace {

TEST(InterruptTest, TheFirstSignalIsAWish) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const std::unique_ptr<Interrupt> interrupt = ListenForInterrupt();
    EXPECT_FALSE(interrupt->Requested()) << "an earlier one's wish is not this one's";
    std::raise(signal);
    EXPECT_TRUE(interrupt->Requested());
  }
}

TEST(InterruptTest, TheSecondSignalEndsTheProcess) {
  EXPECT_EXIT(
      {
        const std::unique_ptr<Interrupt> interrupt = ListenForInterrupt();
        std::raise(SIGINT);
        std::raise(SIGINT);
      },
      ::testing::KilledBySignal(SIGINT), "");
}

TEST(InterruptTest, AfterwardsSignalsAreAsBefore) {
  EXPECT_EXIT(
      {
        ListenForInterrupt().reset();
        std::raise(SIGTERM);
      },
      ::testing::KilledBySignal(SIGTERM), "");
}

}  // namespace
}  // namespace mlfsc::client
