#include "client/bench/load.h"

#include <atomic>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/mutex.h"
#include "tests/testing/self_advancing_clock.h"

namespace mlfsc::client {
namespace {

using ::mlfsc::testing::SelfAdvancingClock;

class LoadTest : public ::testing::Test {
 protected:
  // Every answer takes `service` on the clock.
  LoadResult Run(const LoadOptions& options, absl::Duration service, const LoadWatch& watch = {}) {
    return RunLoad(
        options, &clock_,
        [this, service](int64_t n) -> absl::StatusOr<v1::Inspection> {
          sent_.push_back(n);
          clock_.Advance(service);
          v1::Inspection inspection;
          inspection.set_verdict(n % 2 == 0 ? v1::OK : v1::NOK);
          inspection.mutable_stage_times()->set_coding(2);
          return inspection;
        },
        watch);
  }

  SelfAdvancingClock clock_;
  std::vector<int64_t> sent_;
};

TEST_F(LoadTest, TheClosedLoopSendsTheNextWhenItHasAnAnswer) {
  LoadOptions options;
  options.duration = absl::Seconds(1);
  const LoadResult result = Run(options, absl::Milliseconds(10));
  EXPECT_EQ(result.latencies.count(), 100);
  EXPECT_EQ(result.latencies.min(), absl::Milliseconds(10));
  EXPECT_EQ(result.latencies.max(), absl::Milliseconds(10));
  EXPECT_DOUBLE_EQ(result.throughput(), 100);
  EXPECT_DOUBLE_EQ(result.stage_sums.coding(), 200);
  EXPECT_EQ(result.verdicts.at(v1::OK), 50);
  EXPECT_EQ(sent_.back(), 99);
}

TEST_F(LoadTest, TheWarmUpIsNotCounted) {
  LoadOptions options;
  options.warm_up = absl::Seconds(1);
  options.duration = absl::Seconds(2);
  const LoadResult result = Run(options, absl::Milliseconds(100));
  EXPECT_EQ(sent_.size(), 30u);
  EXPECT_EQ(result.latencies.count(), 20);
  EXPECT_EQ(result.counted_time, absl::Seconds(2));
  EXPECT_EQ(result.whole_time, absl::Seconds(3));
}

TEST_F(LoadTest, ANumberOfRequestsEndsItEarlier) {
  LoadOptions options;
  options.requests = 7;
  EXPECT_EQ(Run(options, absl::Milliseconds(1)).requests(), 7);
}

TEST_F(LoadTest, TheOpenLoopSendsWhenARequestIsDue) {
  LoadOptions options;
  options.rate = 10;
  options.random_gaps = false;
  options.duration = absl::Seconds(5);
  const LoadResult result = Run(options, absl::Milliseconds(10));
  EXPECT_EQ(result.latencies.count(), 50);
  EXPECT_EQ(result.latencies.max(), absl::Milliseconds(10));
  EXPECT_EQ(result.late, 0);
}

TEST_F(LoadTest, AServerThatFallsBehindShowsTheWholeDelay) {
  LoadOptions options;
  options.rate = 10;
  options.random_gaps = false;
  options.duration = absl::Seconds(1);
  // Ten are due within a second, and each takes a quarter: the n-th waits n times 150 ms.
  const LoadResult result = Run(options, absl::Milliseconds(250));
  EXPECT_EQ(result.latencies.count(), 10);
  EXPECT_EQ(result.latencies.max(), absl::Milliseconds(250 + 9 * 150));
  EXPECT_EQ(result.late, 9);
}

TEST_F(LoadTest, RandomGapsKeepTheRateAndTheSeedTheSchedule) {
  LoadOptions options;
  options.rate = 1000;
  options.duration = absl::Seconds(10);
  options.seed = 5;
  const LoadResult result = Run(options, absl::ZeroDuration());
  // 10,000 arrivals of a Poisson process: deviation 100.
  EXPECT_NEAR(result.latencies.count(), 10000, 500);
  SelfAdvancingClock again;
  const LoadResult same = RunLoad(
      options, &again, [](int64_t) { return v1::Inspection(); }, LoadWatch());
  EXPECT_EQ(same.latencies.count(), result.latencies.count());
}

TEST_F(LoadTest, ErrorsAreCountedByTheirCodeAndAreNoLatencies) {
  LoadOptions options;
  options.requests = 4;
  const LoadResult result = RunLoad(
      options, &clock_,
      [this](int64_t n) -> absl::StatusOr<v1::Inspection> {
        clock_.Advance(absl::Milliseconds(1));
        if (n == 0) return v1::Inspection();
        return n == 1 ? absl::ResourceExhaustedError("queue full") : absl::UnavailableError("away");
      },
      LoadWatch());
  EXPECT_EQ(result.latencies.count(), 1);
  EXPECT_EQ(result.failed(), 3);
  EXPECT_EQ(result.errors.at("RESOURCE_EXHAUSTED"), 1);
  EXPECT_EQ(result.errors.at("UNAVAILABLE"), 2);
  EXPECT_EQ(result.first_error, "queue full");
}

TEST_F(LoadTest, AWishToStopEndsIt) {
  LoadOptions options;
  options.duration = absl::Hours(1);
  LoadWatch watch;
  watch.stopped = [this] { return sent_.size() >= 3; };
  EXPECT_EQ(Run(options, absl::Milliseconds(1), watch).requests(), 3);
}

TEST_F(LoadTest, AsManyAreInFlightAsAskedForAndEachNumberIsSentOnce) {
  LoadOptions options;
  options.in_flight = 4;
  options.requests = 100;
  options.duration = absl::Hours(1);
  Mutex mutex;
  std::set<int64_t> numbers;
  int waiting = 0;
  bool four = false;
  RunLoad(
      options, &clock_,
      [&](int64_t n) -> absl::StatusOr<v1::Inspection> {
        MutexLock lock(&mutex);
        numbers.insert(n);
        // The first four come back together.
        four |= ++waiting == 4;
        if (four) mutex.SignalAll();
        mutex.Await([&four] { return four; });
        return v1::Inspection();
      },
      LoadWatch());
  EXPECT_EQ(numbers.size(), 100u);
  EXPECT_EQ(*numbers.rbegin(), 99);
}

}  // namespace
}  // namespace mlfsc::client
