// Text from a file or a caller as a message may show it.
#ifndef MLFSC_CORE_BUNDLE_QUOTED_H_
#define MLFSC_CORE_BUNDLE_QUOTED_H_

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace mlfsc {

// In single quotes, printable, and cut off after 80 bytes.
inline std::string Quoted(absl::string_view text) {
  constexpr size_t kShown = 80;
  return absl::StrCat("'", absl::CEscape(text.substr(0, kShown)), text.size() > kShown ? "...'" : "'");
}

}  // namespace mlfsc

#endif  // MLFSC_CORE_BUNDLE_QUOTED_H_
