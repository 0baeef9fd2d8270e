#include "core/base/nearest_name.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace mlfsc {
namespace {

constexpr size_t kLongestName = 100;

// Optimal string alignment.
size_t Distance(const std::string& a, const std::string& b) {
  std::vector<std::vector<size_t>> distance(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) distance[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) distance[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t exchanged = distance[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      distance[i][j] = std::min({distance[i - 1][j] + 1, distance[i][j - 1] + 1, exchanged});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        distance[i][j] = std::min(distance[i][j], distance[i - 2][j - 2] + 1);
      }
    }
  }
  return distance[a.size()][b.size()];
}

}  // namespace

std::string NearestName(absl::string_view typed, const std::vector<std::string>& names) {
  if (typed.size() > kLongestName) return "";
  const std::string wanted = absl::AsciiStrToLower(typed);
  const std::string* nearest = nullptr;
  size_t least = 0;
  for (const std::string& name : names) {
    if (name.size() > kLongestName) continue;
    const size_t distance = Distance(wanted, absl::AsciiStrToLower(name));
    if (3 * distance > std::max(wanted.size(), name.size())) continue;
    if (nearest != nullptr && distance >= least) continue;
    nearest = &name;
    least = distance;
  }
  return nearest == nullptr ? "" : *nearest;
}

std::string DidYouMean(absl::string_view typed, const std::vector<std::string>& names) {
  const std::string nearest = NearestName(typed, names);
  return nearest.empty() ? "" : absl::StrCat("; did you mean ", nearest, "?");
}

}  // namespace mlfsc
