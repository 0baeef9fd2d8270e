// Every fuzz target on its seeds, on mutations of them, and on what fuzzing once found
// (regressions/<target>/). A broken claim ends the process, so a failing input is the last one that was
// announced.
#include <algorithm>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/fuzz/fuzz_target.h"
#include "tests/testing/golden.h"

namespace mlfsc::fuzz {
namespace {

constexpr int kMutations = 400;

class FuzzTest : public ::testing::TestWithParam<std::string> {
 protected:
  // On a copy of its own size, so that a sanitizer sees every step beyond its end.
  static void Run(const std::string& input) {
    const std::vector<char> copy(input.begin(), input.end());
    FindTarget(GetParam())(absl::string_view(copy.data(), copy.size()));
  }
};

// One to four changes: a byte, a stretch removed, doubled, or taken from elsewhere.
std::string Mutated(std::string input, std::mt19937* random) {
  for (unsigned changes = 1 + (*random)() % 4; changes > 0 && !input.empty(); --changes) {
    const size_t place = (*random)() % input.size();
    const size_t length = std::min<size_t>((*random)() % 32, input.size() - place);
    switch ((*random)() % 5) {
      case 0:
        input.erase(place, length);
        break;
      case 1:
        input.insert(place, input.substr(place, length));
        break;
      case 2:
        input.replace(place, length, input.substr((*random)() % input.size(), length));
        break;
      case 3:
        input[place] = static_cast<char>(input[place] ^ (1 << (*random)() % 8));
        break;
      default:
        input[place] = static_cast<char>((*random)());
    }
  }
  return input;
}

TEST_P(FuzzTest, SeedsAreHandled) {
  const Seeds seeds = SeedsOf(GetParam());
  ASSERT_FALSE(seeds.inputs.empty());
  Run("");
  for (const std::string& seed : seeds.inputs) Run(seed);
}

TEST_P(FuzzTest, MutationsOfSeedsAreHandled) {
  const Seeds seeds = SeedsOf(GetParam());
  std::mt19937 random(1);
  for (int i = 0; i < kMutations; ++i) Run(Mutated(seeds.inputs[random() % seeds.inputs.size()], &random));
}

TEST_P(FuzzTest, WhatFuzzingFoundIsHandled) {
  const std::filesystem::path folder =
      std::filesystem::path(MLFSC_SOURCE_DIR) / "tests/fuzz/regressions" / GetParam();
  if (!std::filesystem::exists(folder)) return;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    SCOPED_TRACE(file.path().filename().string());
    Run(testing::ReadFile(file.path().string()));
  }
}

INSTANTIATE_TEST_SUITE_P(, FuzzTest, ::testing::ValuesIn(TargetNames()),
                         [](const auto& target) { return target.param; });

}  // namespace
}  // namespace mlfsc::fuzz
