#include "core/coding/instruction_set.h"

#include <cstdint>
#include <vector>

#include <hwy/highway.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace mlfsc {
namespace {

// Best first: Highway gives a better target a lower bit.
std::vector<int64_t> Targets() {
  std::vector<int64_t> targets;
  for (int64_t left = hwy::SupportedTargets() & HWY_TARGETS; left != 0; left &= left - 1) {
    targets.push_back(left & -left);
  }
  return targets;
}

}  // namespace

std::string InstructionSet() {
  const std::vector<int64_t> targets = Targets();
  return targets.empty() ? "none" : hwy::TargetName(targets.front());
}

absl::Status LimitInstructionSet(const std::string& name) {
  if (name == "auto") return absl::OkStatus();
  std::vector<std::string> names;
  for (const int64_t target : Targets()) {
    names.emplace_back(hwy::TargetName(target));
    if (absl::AsciiStrToLower(names.back()) != absl::AsciiStrToLower(name)) continue;
    // Not DisableTargets: of Highway 1.0, each later call of SupportedTargets chooses the best set again.
    hwy::SetSupportedTargetsForTest(hwy::SupportedTargets() & ~(target - 1));
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("instruction_set is ", name, "; this processor has auto, ", absl::StrJoin(names, ", ")));
}

}  // namespace mlfsc
