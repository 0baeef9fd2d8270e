#include "client/terminal/terminal.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>

#include <sys/ioctl.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/utf8.h"

namespace mlfsc::client {
namespace {

// Nobody changes the environment of a command that runs.
bool IsSet(const char* variable) {
  const char* value = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe)
  return value != nullptr && *value != '\0';
}

bool IsDumb() {
  const char* term = std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe)
  return term == nullptr || std::string(term) == "dumb";
}

const char* Escape(Color color) {
  switch (color) {
    case Color::kRed:
      return "\033[31m";
    case Color::kYellow:
      return "\033[33m";
    case Color::kGreen:
      return "\033[32m";
    case Color::kBold:
      return "\033[1m";
    case Color::kDim:
      return "\033[2m";
    case Color::kNone:
      break;
  }
  return "";
}

}  // namespace

Terminal ProcessTerminal() {
  Terminal terminal;
  terminal.out = &std::cout;
  terminal.err = &std::cerr;
  terminal.interactive = isatty(STDERR_FILENO) != 0 && !IsDumb();
  terminal.color = isatty(STDOUT_FILENO) != 0 && !IsDumb() && !IsSet("NO_COLOR");
  winsize size = {};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) terminal.columns = size.ws_col;
  return terminal;
}

std::string Paint(const Terminal& terminal, Color color, absl::string_view text) {
  if (!terminal.color || color == Color::kNone) return std::string(text);
  return absl::StrCat(Escape(color), text, "\033[0m");
}

std::string Printable(absl::string_view text) {
  std::string printable;
  while (!text.empty()) {
    const Utf8Character character = FirstCharacter(text);
    if (!character.valid) {
      absl::StrAppendFormat(&printable, "\\x%02X", static_cast<unsigned char>(text.front()));
    } else if (character.code_point == '\n' || character.code_point == '\r') {
      printable += ' ';
    } else if (IsControl(character.code_point)) {
      printable += '?';
    } else {
      absl::StrAppend(&printable, text.substr(0, character.bytes));
    }
    text.remove_prefix(character.bytes);
  }
  return printable;
}

int DisplayWidth(absl::string_view text) {
  // Bytes that continue a UTF-8 character take no place of their own.
  return static_cast<int>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string Clip(absl::string_view text, int columns) {
  int width = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80 && ++width > columns) {
      return std::string(text.substr(0, i));
    }
  }
  return std::string(text);
}

std::string FormatSeconds(double seconds) {
  const auto whole = static_cast<int64_t>(std::llround(std::max(0.0, seconds)));
  if (whole < 3600) return absl::StrFormat("%d:%02d", whole / 60, whole % 60);
  return absl::StrFormat("%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
}

}  // namespace mlfsc::client
