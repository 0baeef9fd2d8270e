#include "client/commands/version_number.h"

#include <cstdint>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace mlfsc::client {

CLI::Validator VersionNumber() {
  return CLI::Validator(
      [](const std::string& text) {
        int64_t version = 0;
        return absl::SimpleAtoi(text, &version) && version >= 1
                   ? std::string()
                   : absl::StrCat(text, " is not the number of a version: 1, 2, ...");
      },
      "");
}

}  // namespace mlfsc::client
