#include "client/commands/hints.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/pictures/picture_folder.h"
#include "core/base/nearest_name.h"

namespace mlfsc::client {
namespace {

bool IsThere(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

bool IsWrittenLikePath(const std::string& word) {
  return word.find('/') != std::string::npos || HasPictureEnding(word);
}

// What was given for an argument that the command may have.
std::vector<std::string> Given(const CLI::App& command, const std::string& name) {
  const CLI::Option* option = command.get_option_no_throw(name);
  return option == nullptr ? std::vector<std::string>() : option->results();
}

}  // namespace

std::string MeantOption(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back(absl::StrCat("--", name));
  }
  for (const std::string& typed : command.remaining()) {
    if (typed.rfind("--", 0) == 0) return DidYouMean(typed.substr(0, typed.find('=')), names);
  }
  return "";
}

std::string WrongOrder(const CLI::App& command) {
  const std::vector<std::string> categories = Given(command, "CATEGORY");
  std::string kind = "PICTURE";
  std::vector<std::string> others = Given(command, kind);
  if (others.empty()) others = Given(command, kind = "FOLDER");
  if (categories.size() != 1 || others.empty()) return "";
  const std::string& category = categories.front();
  if (!IsWrittenLikePath(category) && !IsThere(category)) return "";
  if (std::any_of(others.begin(), others.end(), IsThere) || IsWrittenLikePath(others.front())) return "";
  // In the order in which the command takes them.
  std::string usage = absl::StrCat("mlfsc ", command.get_name());
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_positional()) absl::StrAppend(&usage, " ", option->get_name(true));
  }
  return absl::StrCat(category, " is given as the category, and ", others.front(),
                      ", which is not there, as the ", kind == "PICTURE" ? "picture" : "folder",
                      ": the order is ", usage);
}

}  // namespace mlfsc::client
