#include "server/machine_memory.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <sys/resource.h>
#include <unistd.h>

#include "absl/strings/numbers.h"

namespace mlfsc {
namespace {

constexpr int64_t kServerItself = int64_t{1} << 30;

class Limits {
 public:
  explicit Limits(int64_t total) { memory_.total = total; }

  void Allow(int64_t bytes) {
    if (bytes > 0 && bytes < memory_.limit.value_or(memory_.total)) memory_.limit = bytes;
  }
  // A file with a number; "max", or what cannot be read, limits nothing.
  void AllowFile(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::string word;
    int64_t bytes = 0;
    if (in >> word && absl::SimpleAtoi(word, &bytes)) Allow(bytes);
  }

  const MachineMemory& memory() const { return memory_; }

 private:
  MachineMemory memory_;
};

// `name` in the group's folder and all above it, up to the hierarchy's root: in a container, whose root is
// its own group, that is one folder, whatever the path says.
void AllowGroups(const std::filesystem::path& hierarchy, const std::string& group, const char* name,
                 Limits* limits) {
  limits->AllowFile(hierarchy / name);
  std::filesystem::path folder = hierarchy;
  for (const auto& part : std::filesystem::path(group).relative_path()) {
    folder /= part;
    limits->AllowFile(folder / name);
  }
}

}  // namespace

MachineMemory ReadMachineMemory(const std::string& root) {
  Limits limits(static_cast<int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE));
  std::ifstream groups(root + "/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    // hierarchy:controllers:path
    std::istringstream fields(line);
    std::string hierarchy;
    std::string controllers;
    std::string path;
    std::getline(fields, hierarchy, ':');
    std::getline(fields, controllers, ':');
    std::getline(fields, path);
    if (hierarchy == "0" && controllers.empty()) {
      AllowGroups(root + "/sys/fs/cgroup", path, "memory.max", &limits);
    } else if (("," + controllers + ",").find(",memory,") != std::string::npos) {
      AllowGroups(root + "/sys/fs/cgroup/memory", path, "memory.limit_in_bytes", &limits);
    }
  }
  if (rlimit space; root.empty() && getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur != RLIM_INFINITY) {
    limits.Allow(static_cast<int64_t>(std::min<rlim_t>(space.rlim_cur, INT64_MAX)));
  }
  return limits.memory();
}

int64_t DefaultMemoryBudget(const MachineMemory& memory) {
  if (!memory.limit.has_value()) return memory.total / 2;
  return std::max(*memory.limit - kServerItself, *memory.limit / 4);
}

}  // namespace mlfsc
