#include "client/pictures/path_text.h"

#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/utf8.h"

namespace mlfsc::client {
namespace {

constexpr absl::string_view kScheme = "file:";

bool StaysItself(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '/' || c == '.' || c == '_' || c == '~' ||
         c == '-';
}

}  // namespace

std::string PathText(absl::string_view path) {
  if (IsPlainText(path) && !absl::StartsWith(path, kScheme)) return std::string(path);
  std::string text(kScheme);
  for (const char c : path) {
    if (StaysItself(c)) {
      text += c;
    } else {
      absl::StrAppendFormat(&text, "%%%02X", static_cast<unsigned char>(c));
    }
  }
  return text;
}

std::string PathFromText(absl::string_view text) {
  if (!absl::StartsWith(text, kScheme)) return std::string(text);
  std::string path;
  for (size_t i = kScheme.size(); i < text.size(); ++i) {
    const bool escaped = text[i] == '%' && i + 2 < text.size() &&
                         absl::ascii_isxdigit(static_cast<unsigned char>(text[i + 1])) &&
                         absl::ascii_isxdigit(static_cast<unsigned char>(text[i + 2]));
    if (escaped) {
      path += absl::HexStringToBytes(text.substr(i + 1, 2));
      i += 2;
    } else {
      path += text[i];
    }
  }
  return path;
}

}  // namespace mlfsc::client
