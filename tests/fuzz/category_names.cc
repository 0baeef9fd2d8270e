// Names of categories and numbers of versions: what becomes a path in the store.
#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/bundle/bundle_store.h"
#include "core/bundle/category_folder.h"
#include "tests/fuzz/fuzz_target.h"

namespace mlfsc::fuzz {
namespace {

// As a file system sees a name that was let through: one folder, right in the store, and no other's.
void CheckFolder(const std::string& name) {
  const std::filesystem::path path = std::filesystem::path("/store") / name;
  Require(path.lexically_normal() == path, "a name that is no way elsewhere");
  Require(path.parent_path() == "/store" && path.filename() == name, "a folder right in the store");
  Require(name.find('\0') == std::string::npos && name.size() <= 64, "a name that a file may have");
  Require(name.front() != '.' && name.front() != '-', "neither hidden nor an option");
}

void FuzzCategoryName(absl::string_view input) {
  InputReader reader(input);
  const std::string name(reader.Line());
  const absl::Status valid = ValidateCategoryName(name);
  Require(valid.ok() == IsCategoryName(name), "both say the same of a name");
  if (valid.ok()) {
    CheckFolder(name);
  } else {
    RequireRefusal(valid);
  }
  const std::string digits(reader.Rest());
  const int64_t version = VersionOfName(digits);
  Require(version >= 0 && version <= kMaxVersion, "a version within its limits");
  Require(version == 0 || absl::StrCat(version) == digits, "a version has one name");
}

Seeds CategoryNameSeeds() {
  return {{"carpet\n1", "a.b_c-9\n999999999999999999", "..\n01", "a/../b\n-1", std::string(64, 'x') + "\n0",
           std::string(65, 'x') + "\n1000000000000000000", std::string("a\0b\n1", 5), "\xc3\xa4\n 1"},
          {"..", "/", "\n", ".tmp-", "active", ".lock", "999999999999999999"}};
}

const RegisterTarget category_name("category_name", FuzzCategoryName);
const RegisterSeeds category_name_seeds("category_name", CategoryNameSeeds);

}  // namespace
}  // namespace mlfsc::fuzz
