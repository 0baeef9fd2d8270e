#include "client/terminal/live_block.h"

#include "absl/strings/str_cat.h"

namespace mlfsc::client {
namespace {

// To the first column of the first of `lines` lines, everything from there on gone.
std::string Back(size_t lines) {
  std::string back = "\r";
  if (lines > 1) absl::StrAppend(&back, "\033[", lines - 1, "A");
  return absl::StrCat(back, "\033[J");
}

}  // namespace

void LiveBlock::Draw(const std::vector<std::string>& lines) {
  if (!terminal_.interactive || lines.empty()) return;
  std::string text = drawn_ > 0 ? Back(drawn_) : "";
  for (size_t i = 0; i < lines.size(); ++i) {
    // The last column stays free: a character there would wrap the line on some terminals.
    absl::StrAppend(&text, i > 0 ? "\n" : "", Clip(lines[i], terminal_.columns - 1));
  }
  *terminal_.err << text << std::flush;
  drawn_ = lines.size();
}

void LiveBlock::Clear() {
  if (drawn_ == 0) return;
  *terminal_.err << Back(drawn_) << std::flush;
  drawn_ = 0;
}

}  // namespace mlfsc::client
