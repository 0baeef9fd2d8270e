#include "core/decoding/kept_region.h"

#include <cstring>

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace mlfsc {
namespace {

constexpr size_t kMiB = size_t{1} << 20;

class KeptRegionTest : public ::testing::Test {
 protected:
  // What of the shared memory is really there.
  size_t HeldMiB() const {
    struct stat status {};
    fstat(memory_->descriptor(), &status);
    return static_cast<size_t>(status.st_blocks) * 512 / kMiB;
  }
  void Write(size_t bytes) { std::memset(region_.data(), 1, bytes); }

  const std::unique_ptr<SharedMemory> memory_ = *SharedMemory::Create(101 * kMiB);
  // Behind another part, which is never touched.
  KeptRegion region_{memory_.get(), kMiB, 100 * kMiB};
};

TEST_F(KeptRegionTest, WhatASmallUseWroteStays) {
  Write(16 * kMiB);
  region_.ReleaseAfter(16 * kMiB);
  EXPECT_EQ(HeldMiB(), 16u);
}

TEST_F(KeptRegionTest, OfALargeUse64MiBStayUntilASmallOneComes) {
  Write(100 * kMiB);
  region_.ReleaseAfter(100 * kMiB);
  EXPECT_EQ(HeldMiB(), 64u);
  Write(kMiB);
  region_.ReleaseAfter(kMiB);
  EXPECT_EQ(HeldMiB(), 16u);
}

TEST_F(KeptRegionTest, WhatNobodyKnowsOfIsGivenBackToo) {
  Write(100 * kMiB);
  region_.ReleaseAfterUnknownUse();
  EXPECT_EQ(HeldMiB(), 16u);
}

}  // namespace
}  // namespace mlfsc
