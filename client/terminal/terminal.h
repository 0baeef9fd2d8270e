// Where a command's words go, and what may be done there.
#ifndef MLFSC_CLIENT_TERMINAL_TERMINAL_H_
#define MLFSC_CLIENT_TERMINAL_TERMINAL_H_

#include <ostream>
#include <string>

#include "absl/strings/string_view.h"

namespace mlfsc::client {

struct Terminal {
  // Results.
  std::ostream* out = nullptr;
  // Progress, remarks and errors.
  std::ostream* err = nullptr;
  // A person sees `err`, so that progress may be drawn over itself.
  bool interactive = false;
  // `out` takes colours.
  bool color = false;
  // Characters a line of `err`.
  int columns = 80;
};

// The process's own. No colours where NO_COLOR is set to anything, TERM is dumb, or `out` is not a terminal.
Terminal ProcessTerminal();

enum class Color { kNone, kRed, kYellow, kGreen, kBold, kDim };

// `text` in a colour, or as it is when the terminal takes none.
std::string Paint(const Terminal& terminal, Color color, absl::string_view text);

// `text` from elsewhere, such as a file's name, as a terminal may show it: line ends are spaces, other control
// characters (IsControl: they could move the cursor) question marks, and a byte that is no UTF-8 its number, \xFC.
std::string Printable(absl::string_view text);

// Characters that `text` (UTF-8, no control characters) takes on a line.
int DisplayWidth(absl::string_view text);

// The first `columns` characters of it.
std::string Clip(absl::string_view text, int columns);

// "0:07", "12:34", "1:02:03".
std::string FormatSeconds(double seconds);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_TERMINAL_TERMINAL_H_
