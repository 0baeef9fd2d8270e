// How much memory there is for this process.
#ifndef MLFSC_SERVER_MACHINE_MEMORY_H_
#define MLFSC_SERVER_MACHINE_MEMORY_H_

#include <cstdint>
#include <optional>
#include <string>

namespace mlfsc {

struct MachineMemory {
  // Of the whole machine, in bytes.
  int64_t total = 0;
  // The least that a control group above this process (versions 1 and 2) or RLIMIT_AS allows it, where that
  // is less than the machine has.
  std::optional<int64_t> limit;
};

// `root`: where /proc and /sys/fs/cgroup are, empty but in tests. What cannot be read limits nothing.
MachineMemory ReadMachineMemory(const std::string& root = "");

// What pictures, maps and answers may take: a limit less 1 GiB for the server itself (weights, loaded
// versions, a training), but a quarter of it at least; where there is no limit half of the machine, which
// others share.
int64_t DefaultMemoryBudget(const MachineMemory& memory);

}  // namespace mlfsc

#endif  // MLFSC_SERVER_MACHINE_MEMORY_H_
