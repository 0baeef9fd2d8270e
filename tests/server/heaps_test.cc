#include "server/heaps.h"

#include <chrono>
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/testing/fake_clock.h"
#include "tests/testing/server_process.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MLFSC_OWN_ALLOCATOR 0
#else
#define MLFSC_OWN_ALLOCATOR 1
#endif

namespace mlfsc {
namespace {

constexpr size_t kBlock = 8192;
constexpr int64_t kTaken = int64_t{64} << 20;

int64_t ResidentBytes() { return testing::ResidentBytesOf(getpid()); }

TEST(HeapTrimmerTest, GivesBackWhatLiesFreeBelowABlockInUse) {
  if (!MLFSC_OWN_ALLOCATOR) GTEST_SKIP() << "a sanitizer's allocator";
  constexpr absl::Duration kInterval = absl::Seconds(5);
  testing::FakeClock clock;
  const HeapTrimmer trimmer(kInterval, &clock);
  std::vector<std::unique_ptr<char[]>> blocks(kTaken / kBlock);
  for (auto& block : blocks) {
    block = std::make_unique<char[]>(kBlock);
    std::memset(block.get(), 1, kBlock);
  }
  // What lies below it cannot go back by itself.
  const std::unique_ptr<char[]> last = std::make_unique<char[]>(kBlock);
  const int64_t at_most = ResidentBytes();
  blocks.clear();
  ASSERT_GT(ResidentBytes(), at_most - kTaken / 4) << "it has gone back already";
  clock.AwaitWaiters(1);
  clock.Advance(kInterval);
  const auto latest = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (ResidentBytes() > at_most - kTaken / 2 && std::chrono::steady_clock::now() < latest)
    std::this_thread::yield();
  EXPECT_LT(ResidentBytes(), at_most - kTaken / 2);
}

}  // namespace
}  // namespace mlfsc
