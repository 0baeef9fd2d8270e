#include "core/decoding/decoder_end.h"

#include <csignal>

#include <gtest/gtest.h>

namespace mlfsc {
namespace {

TEST(DecoderEndTest, AnEndIsToldByItsSignalOrExitCode) {
  // As wait(2) has them on Linux.
  EXPECT_EQ(DescribeEnd(SIGSEGV), "ended by signal 11 (SIGSEGV)");
  EXPECT_EQ(DescribeEnd(SIGSYS), "ended by signal 31 (SIGSYS)");
  EXPECT_EQ(DescribeEnd(3 << 8), "ended with exit code 3");
  EXPECT_EQ(DescribeEnd(0), "ended with exit code 0");
}

TEST(DecoderEndTest, KilledForWantOfMemoryIsFromOutsideAndACrashIsNot) {
  for (const int signal : {SIGKILL, SIGTERM, SIGBUS}) EXPECT_TRUE(WasEndedFromOutside(signal)) << signal;
  for (const int signal : {SIGSEGV, SIGABRT, SIGSYS, SIGFPE}) EXPECT_FALSE(WasEndedFromOutside(signal)) << signal;
  EXPECT_FALSE(WasEndedFromOutside(9 << 8)) << "exit code 9";
}

TEST(DecoderEndTest, CausesHaveNames) {
  EXPECT_EQ(DecoderEndCauseName(DecoderEndCause::kCrash), "crash");
  EXPECT_EQ(DecoderEndCauseName(DecoderEndCause::kTime), "time");
  EXPECT_EQ(DecoderEndCauseName(DecoderEndCause::kProtocol), "protocol");
  EXPECT_EQ(DecoderEndCauseName(DecoderEndCause::kStart), "start");
}

}  // namespace
}  // namespace mlfsc
