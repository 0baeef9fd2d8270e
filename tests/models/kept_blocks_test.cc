#include "models/kept_blocks.h"

#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace mlfsc {
namespace {

constexpr size_t kLarge = KeptBlocks::kSmallest;

TEST(KeptBlocksTest, AFreedBlockServesTheNextRequestOfItsSize) {
  KeptBlocks blocks(10 * kLarge);
  void* const first = blocks.Allocate(kLarge);
  blocks.Free(first);
  EXPECT_EQ(blocks.kept_bytes(), kLarge);
  EXPECT_EQ(blocks.used_bytes(), 0U);

  void* const other = blocks.Allocate(kLarge + 1);
  EXPECT_NE(other, first);
  void* const second = blocks.Allocate(kLarge);
  EXPECT_EQ(second, first);
  EXPECT_EQ(blocks.kept_bytes(), 0U);

  blocks.Free(other);
  blocks.Free(second);
}

TEST(KeptBlocksTest, BlocksAreAlignedAndWhollyUsable) {
  KeptBlocks blocks(10 * kLarge);
  for (const size_t bytes : {size_t{1}, size_t{100}, kLarge - 1, kLarge, 3 * kLarge + 7}) {
    void* const block = blocks.Allocate(bytes);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % 64, 0U);
    std::memset(block, 1, bytes);
    blocks.Free(block);
  }
}

TEST(KeptBlocksTest, SmallBlocksAreNotKept) {
  KeptBlocks blocks(10 * kLarge);
  blocks.Free(blocks.Allocate(kLarge - 1));
  EXPECT_EQ(blocks.kept_bytes(), 0U);
}

TEST(KeptBlocksTest, BeyondTheLimitWhatIsKeptGivesWay) {
  KeptBlocks blocks(3 * kLarge);
  void* const small = blocks.Allocate(kLarge);
  void* const large = blocks.Allocate(3 * kLarge);
  blocks.Free(small);
  blocks.Free(large);
  EXPECT_EQ(blocks.kept_bytes(), 3 * kLarge);

  blocks.Free(blocks.Allocate(4 * kLarge));
  EXPECT_EQ(blocks.kept_bytes(), 0U);
}

TEST(KeptBlocksTest, NothingIsNoBlock) {
  KeptBlocks blocks(kLarge);
  EXPECT_EQ(blocks.Allocate(0), nullptr);
  blocks.Free(nullptr);
}

TEST(KeptBlocksTest, ThreadsNeverShareABlock) {
  KeptBlocks blocks(4 * kLarge);
  std::vector<std::thread> threads;
  for (unsigned char mark = 1; mark <= 4; ++mark) {
    threads.emplace_back([&blocks, mark] {
      for (int round = 0; round < 200; ++round) {
        auto* const block = static_cast<unsigned char*>(blocks.Allocate(kLarge));
        std::memset(block, mark, kLarge);
        EXPECT_EQ(block[0], mark);
        EXPECT_EQ(block[kLarge - 1], mark);
        blocks.Free(block);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace mlfsc
