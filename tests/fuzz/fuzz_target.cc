#include "tests/fuzz/fuzz_target.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"

namespace mlfsc::fuzz {
namespace {

// A message quotes at most a few names.
constexpr size_t kLongestMessage = 1024;

struct Known {
  Target target = nullptr;
  Seeds (*seeds)() = nullptr;
};

std::map<std::string, Known>& All() {
  static auto& all = *new std::map<std::string, Known>;
  return all;
}

}  // namespace

RegisterTarget::RegisterTarget(std::string name, Target target) { All()[std::move(name)].target = target; }

RegisterSeeds::RegisterSeeds(std::string name, Seeds (*make)()) { All()[std::move(name)].seeds = make; }

std::vector<std::string> TargetNames() {
  std::vector<std::string> names;
  for (const auto& [name, known] : All()) names.push_back(name);
  return names;
}

Target FindTarget(const std::string& name) {
  const auto found = All().find(name);
  return found == All().end() ? nullptr : found->second.target;
}

Seeds SeedsOf(const std::string& name) {
  const auto found = All().find(name);
  return found == All().end() || found->second.seeds == nullptr ? Seeds() : found->second.seeds();
}

void Require(bool holds, absl::string_view claim) {
  if (holds) return;
  std::fprintf(stderr, "fuzz target: not so: %.*s\n", static_cast<int>(claim.size()), claim.data());
  std::abort();
}

void RequireRefusal(const absl::Status& status, const std::vector<absl::StatusCode>& codes) {
  const std::string shown = absl::CEscape(status.ToString().substr(0, kLongestMessage));
  Require(status.code() == absl::StatusCode::kInvalidArgument ||
              std::find(codes.begin(), codes.end(), status.code()) != codes.end(),
          "the right status: " + shown);
  const absl::string_view message = status.message();
  Require(!message.empty() && message.size() <= kLongestMessage, "a message of bounded length: " + shown);
  Require(std::all_of(message.begin(), message.end(),
                      [](char c) { return absl::ascii_isprint(static_cast<unsigned char>(c)); }),
          "a printable message: " + shown);
}

unsigned InputReader::Number(int bytes) {
  unsigned number = 0;
  for (int i = 0; i < bytes && !rest_.empty(); ++i) {
    number |= static_cast<unsigned>(static_cast<unsigned char>(rest_.front())) << (8 * i);
    rest_.remove_prefix(1);
  }
  return number;
}

absl::string_view InputReader::Line() {
  const size_t end = rest_.find('\n');
  const absl::string_view line = rest_.substr(0, end);
  rest_.remove_prefix(std::min(line.size() + 1, rest_.size()));
  return line;
}

}  // namespace mlfsc::fuzz
