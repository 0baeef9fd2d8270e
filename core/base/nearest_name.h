// For typing errors: the name that was most likely meant.
#ifndef MLFSC_CORE_BASE_NEAREST_NAME_H_
#define MLFSC_CORE_BASE_NEAREST_NAME_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace mlfsc {

// The one of `names` that is fewest letters inserted, left out, exchanged or swapped with their neighbour away from
// `typed`, in either case; the first of equals. Empty when none is near: when more than a third of the longer one's
// letters would have to change. Names of more than 100 letters are not looked at. Thread-safe.
std::string NearestName(absl::string_view typed, const std::vector<std::string>& names);

// "; did you mean carpet?", or nothing.
std::string DidYouMean(absl::string_view typed, const std::vector<std::string>& names);

}  // namespace mlfsc

#endif  // MLFSC_CORE_BASE_NEAREST_NAME_H_
