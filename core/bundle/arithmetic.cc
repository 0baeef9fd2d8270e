#include "core/bundle/arithmetic.h"

#include <vector>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace mlfsc {
namespace {

std::string Joined(const std::vector<std::string>& words) {
  std::vector<std::string> known;
  for (const std::string& word : words) {
    if (!word.empty()) known.push_back(word);
  }
  return known.empty() ? "unknown" : absl::StrJoin(known, ", ");
}

// What is not recorded differs from nothing.
bool Differ(const std::string& learnt, const std::string& here) {
  return !learnt.empty() && !here.empty() && learnt != here;
}

}  // namespace

std::string ArithmeticName(const Provenance& learnt) {
  return Joined({learnt.precision, learnt.convolution, learnt.instruction_set});
}

std::string ArithmeticNote(const Provenance& learnt, const FeatureArithmetic& here,
                           const std::string& instruction_set) {
  const bool precision = Differ(learnt.precision, here.precision);
  if (!precision && !Differ(learnt.convolution, here.convolution) &&
      !Differ(learnt.instruction_set, instruction_set)) {
    return "";
  }
  // `pixels` know no precision and no convolution.
  const bool pixels = learnt.precision.empty() && learnt.convolution.empty();
  const std::string how =
      pixels ? instruction_set : Joined({here.precision, here.convolution, instruction_set});
  const std::string bound = precision
                                ? absl::StrFormat("normalised scores may differ by up to %g", kPrecisionBound)
                                : absl::StrFormat("raw scores may differ by up to %g %%", 100 * kScoreBound);
  return absl::StrFormat("learnt by %s; this server computes by %s: %s", ArithmeticName(learnt), how, bound);
}

}  // namespace mlfsc
