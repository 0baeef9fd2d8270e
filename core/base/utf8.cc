#include "core/base/utf8.h"

namespace mlfsc {
namespace {

uint8_t ByteAt(absl::string_view text, size_t i) { return static_cast<uint8_t>(text[i]); }

}  // namespace

Utf8Character FirstCharacter(absl::string_view text) {
  const uint8_t first = ByteAt(text, 0);
  if (first < 0x80) return {first, 1, true};
  size_t bytes = 0;
  // The smallest character that needs so many bytes.
  uint32_t least = 0;
  if ((first & 0xE0) == 0xC0) {
    bytes = 2;
    least = 0x80;
  } else if ((first & 0xF0) == 0xE0) {
    bytes = 3;
    least = 0x800;
  } else if ((first & 0xF8) == 0xF0) {
    bytes = 4;
    least = 0x10000;
  }
  if (bytes == 0 || bytes > text.size()) return {};
  uint32_t code_point = first & (0xFFu >> (bytes + 1));
  for (size_t i = 1; i < bytes; ++i) {
    if ((ByteAt(text, i) & 0xC0) != 0x80) return {};
    code_point = code_point << 6 | (ByteAt(text, i) & 0x3F);
  }
  const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  if (code_point < least || code_point > 0x10FFFF || surrogate) return {};
  return {code_point, bytes, true};
}

bool IsControl(uint32_t code_point) {
  return code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0) ||
         (code_point >= 0x2028 && code_point <= 0x202E) || (code_point >= 0x2066 && code_point <= 0x2069);
}

bool IsPlainText(absl::string_view text) {
  while (!text.empty()) {
    const Utf8Character character = FirstCharacter(text);
    if (!character.valid || IsControl(character.code_point)) return false;
    text.remove_prefix(character.bytes);
  }
  return true;
}

}  // namespace mlfsc
