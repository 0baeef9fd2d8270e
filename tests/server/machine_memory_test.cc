#include "server/machine_memory.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "tests/testing/temporary_folder.h"

namespace mlfsc {
namespace {

constexpr int64_t kGiB = int64_t{1} << 30;

class MachineMemoryTest : public ::testing::Test {
 protected:
  void Write(const std::string& name, const std::string& text) {
    const std::filesystem::path path = folder_.path() + name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text << '\n';
  }
  std::optional<int64_t> Limit() const { return ReadMachineMemory(folder_.path()).limit; }

  testing::TemporaryFolder folder_;
};

TEST_F(MachineMemoryTest, WithoutAControlGroupThereIsNoLimit) {
  EXPECT_EQ(Limit(), std::nullopt);
  EXPECT_GT(ReadMachineMemory(folder_.path()).total, 0);
}

TEST_F(MachineMemoryTest, TheLeastOfAllGroupsAboveCounts) {
  Write("/proc/self/cgroup", "0::/system.slice/mlfsc.service");
  Write("/sys/fs/cgroup/system.slice/memory.max", "1200");
  Write("/sys/fs/cgroup/system.slice/mlfsc.service/memory.max", "max");
  EXPECT_EQ(Limit(), 1200);
  Write("/sys/fs/cgroup/system.slice/mlfsc.service/memory.max", "1000");
  EXPECT_EQ(Limit(), 1000);
}

TEST_F(MachineMemoryTest, InAContainerTheRootIsItsGroup) {
  Write("/proc/self/cgroup", "0::/");
  Write("/sys/fs/cgroup/memory.max", "1610612736");
  EXPECT_EQ(Limit(), 3 * kGiB / 2);
}

TEST_F(MachineMemoryTest, TheFirstVersionOfControlGroupsIsKnownToo) {
  Write("/proc/self/cgroup", "5:cpu,cpuacct:/a\n4:memory:/docker/abc\n1:name=systemd:/x");
  Write("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712");
  Write("/sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes", "2000");
  EXPECT_EQ(Limit(), 2000);
}

TEST_F(MachineMemoryTest, MoreThanTheMachineHasIsNoLimit) {
  Write("/proc/self/cgroup", "0::/");
  Write("/sys/fs/cgroup/memory.max", "9223372036854771712");
  EXPECT_EQ(Limit(), std::nullopt);
}

TEST(DefaultMemoryBudgetTest, LeavesTheServerItsOwn) {
  EXPECT_EQ(DefaultMemoryBudget({64 * kGiB, 4 * kGiB}), 3 * kGiB);
  EXPECT_EQ(DefaultMemoryBudget({64 * kGiB, 3 * kGiB / 2}), kGiB / 2);
  EXPECT_EQ(DefaultMemoryBudget({64 * kGiB, kGiB}), kGiB / 4);
  EXPECT_EQ(DefaultMemoryBudget({64 * kGiB, std::nullopt}), 32 * kGiB);
}

}  // namespace
}  // namespace mlfsc
