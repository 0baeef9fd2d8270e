#include "server/last_resort.h"

#include <memory>

#include <gtest/gtest.h>
#include <unistd.h>

namespace mlfsc {
namespace {

TEST(LastResortTest, WhatDoesNotEndIsEndedAndSaysSo) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        const std::unique_ptr<Logger> logger = Logger::ToStderr(LogFormat::kText, LogLevel::kInfo);
        LastResort last_resort(logger.get());
        last_resort.Arm(absl::Milliseconds(10));
        for (;;) pause();
      },
      ::testing::ExitedWithCode(EXIT_FAILURE), "ended out of order");
}

TEST(LastResortTest, AnOrderlyEndIsLeftAlone) {
  const std::unique_ptr<Logger> logger = Logger::ToStderr(LogFormat::kText, LogLevel::kInfo);
  LastResort last_resort(logger.get());
  last_resort.Arm(absl::Hours(1));
}

}  // namespace
}  // namespace mlfsc
