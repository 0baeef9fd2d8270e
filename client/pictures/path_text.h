// Paths in JSON and CSV. A path is bytes: on Linux any but 0. JSON and CSV are text.
#ifndef MLFSC_CLIENT_PICTURES_PATH_TEXT_H_
#define MLFSC_CLIENT_PICTURES_PATH_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace mlfsc::client {

// `path` as text from which it can be opened again. Itself when it is UTF-8 without control characters
// (core/base/utf8.h). Else "file:" and the path with every byte but A-Z a-z 0-9 / . _ ~ - as %XX; so is a path
// that begins with "file:" itself. "gr\xFCn 1.png" is "file:gr%FCn%201.png". Thread-safe.
std::string PathText(absl::string_view path);

// The path that PathText made `text` of. Text that is not its form is taken as it is. Thread-safe.
std::string PathFromText(absl::string_view text);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_PICTURES_PATH_TEXT_H_
