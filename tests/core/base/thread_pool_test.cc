#include "core/base/thread_pool.h"

#include <atomic>
#include <iostream>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/base/contained.h"

namespace mlfsc {
namespace {

using ::testing::Each;

class ThreadPoolTest : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Threads, ThreadPoolTest, ::testing::Values(0, 1, 4));

TEST_P(ThreadPoolTest, ParallelForCallsTheBodyOnceForEveryIndex) {
  ThreadPool pool(GetParam());
  std::vector<std::atomic<int>> calls(1000);
  pool.ParallelFor(1000, [&](int64_t i) { ++calls[i]; });
  for (const std::atomic<int>& count : calls) ASSERT_EQ(count, 1);
}

TEST_P(ThreadPoolTest, ParallelForOfNothingReturns) {
  ThreadPool pool(GetParam());
  pool.ParallelFor(0, [](int64_t) { FAIL(); });
}

TEST_P(ThreadPoolTest, LoopsMayBeNested) {
  ThreadPool pool(GetParam());
  std::atomic<int> calls{0};
  pool.ParallelFor(8, [&](int64_t) { pool.ParallelFor(8, [&](int64_t) { ++calls; }); });
  EXPECT_EQ(calls, 64);
}

TEST_P(ThreadPoolTest, TheDestructorRunsWhatWasScheduled) {
  std::atomic<int> ran{0};
  {
    ThreadPool pool(GetParam());
    for (int i = 0; i < 100; ++i) pool.Schedule([&] { ++ran; });
  }
  EXPECT_EQ(ran, 100);
}

// Makes a pool where no thread can be had; the exit code is the status's.
[[noreturn]] void StartWithoutThreads() {
  const rlimit none = {0, 0};
  // Root's processes have no such limit.
  if (setrlimit(RLIMIT_NPROC, &none) != 0 || (geteuid() == 0 && setuid(65534) != 0)) _exit(99);
  const absl::Status status = ContainedVoid("making a pool", [] { ThreadPool pool(4); });
  std::cerr << status.message();
  _exit(status.raw_code());
}

TEST(ThreadPoolDeathTest, WithoutThreadsForItThereIsAnErrorThatNamesTheLimit) {
  EXPECT_EXIT(StartWithoutThreads(), ::testing::ExitedWithCode(static_cast<int>(absl::StatusCode::kResourceExhausted)),
              "no thread could be started while making a pool: the limit of processes is reached");
}

TEST(ThreadPoolTest, SeveralThreadsMayLoopAtOnce) {
  ThreadPool pool(2);
  std::vector<int> sums(4, 0);
  std::vector<std::thread> callers;
  for (int c = 0; c < 4; ++c) {
    callers.emplace_back([&, c] {
      for (int round = 0; round < 100; ++round) {
        std::atomic<int> sum{0};
        pool.ParallelFor(10, [&](int64_t i) { sum += static_cast<int>(i); });
        sums[c] += sum;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_THAT(sums, Each(4500));
}

}  // namespace
}  // namespace mlfsc
