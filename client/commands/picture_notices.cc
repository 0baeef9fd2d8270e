#include "client/commands/picture_notices.h"

#include "absl/strings/str_cat.h"
#include "client/terminal/terminal.h"

namespace mlfsc::client {

bool PictureNotices::Add(const std::string& path, const std::string& text, int64_t pictures) {
  if (text.empty()) return false;
  MutexLock lock(&mutex_);
  for (Notice& known : notices_) {
    if (known.text != text) continue;
    known.pictures += pictures;
    return false;
  }
  notices_.push_back({text, path, pictures});
  return true;
}

void PictureNotices::Print(std::ostream* err) const {
  MutexLock lock(&mutex_);
  for (const Notice& notice : notices_) {
    const std::string others =
        notice.pictures > 1 ? absl::StrCat(" and ", notice.pictures - 1, " more") : std::string();
    *err << "mlfsc: warning: " << Printable(absl::StrCat(notice.path, others, ": ", notice.text))
         << " (--bit-depth)\n";
  }
}

}  // namespace mlfsc::client
