// Text that may or may not be UTF-8, character by character.
#ifndef MLFSC_CORE_BASE_UTF8_H_
#define MLFSC_CORE_BASE_UTF8_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace mlfsc {

struct Utf8Character {
  // 0 for a byte that is no part of UTF-8.
  uint32_t code_point = 0;
  // 1 to 4; 1 for a byte that is no part of UTF-8.
  size_t bytes = 1;
  bool valid = false;
};

// The first character of `text`, which is not empty. Overlong forms, surrogates and what lies beyond U+10FFFF
// are no UTF-8. Thread-safe.
Utf8Character FirstCharacter(absl::string_view text);

// True for what moves a cursor or turns the order of a line around where it is printed: the control
// characters (U+0000 to U+001F, U+007F to U+009F), line and paragraph separators, and the marks that turn
// the direction of writing (U+202A to U+202E, U+2066 to U+2069).
bool IsControl(uint32_t code_point);

// Whether `text` is UTF-8 without control characters.
bool IsPlainText(absl::string_view text);

}  // namespace mlfsc

#endif  // MLFSC_CORE_BASE_UTF8_H_
