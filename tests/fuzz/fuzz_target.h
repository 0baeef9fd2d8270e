// Fuzz targets: what takes bytes from strangers, each with inputs to begin from. The same targets are tests
// (seeds_test.cc: the seeds, their mutations and what fuzzing once found) and libFuzzer programs
// (libfuzzer_main.cc; `scripts/fuzz`).
#ifndef MLFSC_TESTS_FUZZ_FUZZ_TARGET_H_
#define MLFSC_TESTS_FUZZ_FUZZ_TARGET_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace mlfsc::fuzz {

// Takes any input; what breaks a claim of the code under test ends the process (Require). Keeps nothing from
// one input to the next.
using Target = void (*)(absl::string_view input);

// Inputs that reach far into the code, and words of the format for libFuzzer's dictionary. Deterministic.
struct Seeds {
  std::vector<std::string> inputs;
  std::vector<std::string> words;
};

// Makes a target known; a static object in the target's file. Seeds may be made in another file, so that a
// libFuzzer program need not link what makes them.
struct RegisterTarget {
  RegisterTarget(std::string name, Target target);
};
struct RegisterSeeds {
  RegisterSeeds(std::string name, Seeds (*make)());
};

// By name, sorted.
std::vector<std::string> TargetNames();
// Null when there is none of that name.
Target FindTarget(const std::string& name);
// None when nobody made any.
Seeds SeedsOf(const std::string& name);

// Ends the process, saying `claim`, unless `holds`.
void Require(bool holds, absl::string_view claim);
// What a caller is told: INVALID_ARGUMENT, or another of `codes`, with a message that is printable and of
// bounded length.
void RequireRefusal(const absl::Status& status, const std::vector<absl::StatusCode>& codes = {});

// Takes an input apart, from its front. What is not there reads as 0 or nothing.
class InputReader {
 public:
  explicit InputReader(absl::string_view input) : rest_(input) {}

  // Little-endian.
  unsigned Number(int bytes);
  // Up to and without the next newline.
  absl::string_view Line();
  absl::string_view Rest() const { return rest_; }

 private:
  absl::string_view rest_;
};

}  // namespace mlfsc::fuzz

#endif  // MLFSC_TESTS_FUZZ_FUZZ_TARGET_H_
