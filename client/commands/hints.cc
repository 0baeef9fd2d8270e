#include "client/commands/hints.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
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

// As the server has it: docs/bundle-format.md.
bool MayNameCategory(const std::string& word) {
  return !word.empty() && absl::ascii_isalnum(static_cast<unsigned char>(word.front())) &&
         std::all_of(word.begin(), word.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-';
         });
}

bool IsNoCategory(const std::string& word) {
  return IsWrittenLikePath(word) || (IsThere(word) && !MayNameCategory(word));
}

// Whether `word` is almost the name of something in this folder.
bool IsAlmostThere(const std::string& word) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(".", error), end; !error && entry != end;
       entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  return !NearestName(word, names).empty();
}

// A command's words for a category and for what to do with it.
struct Words {
  std::string category;
  // "picture" or "folder".
  std::string kind;
  std::vector<std::string> others;
  // "the order is mlfsc watch FOLDER CATEGORY"
  std::string order;
};

// Nothing when the command does not take both.
std::optional<Words> WordsOf(const CLI::App& command) {
  Words words;
  const std::vector<std::string> categories = Given(command, "CATEGORY");
  words.others = Given(command, "PICTURE");
  words.kind = words.others.empty() ? "folder" : "picture";
  if (words.others.empty()) words.others = Given(command, "FOLDER");
  if (categories.size() != 1 || words.others.empty()) return std::nullopt;
  words.category = categories.front();
  // In the order in which the command takes them.
  words.order = absl::StrCat("the order is mlfsc ", command.get_name());
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_positional()) absl::StrAppend(&words.order, " ", option->get_name(true));
  }
  return words;
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
  const std::optional<Words> words = WordsOf(command);
  if (!words.has_value()) return "";
  const std::vector<std::string>& others = words->others;
  if (IsNoCategory(words->category)) {
    const auto category = std::find_if_not(others.begin(), others.end(), IsWrittenLikePath);
    if (category == others.end()) return "";
    return absl::StrCat(words->category, " is given as the category, and ", *category,
                        IsThere(*category) ? "" : ", which is not there,", " as the ", words->kind, ": ",
                        words->order);
  }
  if (!IsThere(words->category)) return "";
  const bool plain = std::none_of(others.begin(), others.end(), [](const std::string& word) {
    return IsThere(word) || IsWrittenLikePath(word) || word.find('.') != std::string::npos ||
           IsAlmostThere(word);
  });
  if (!plain) return "";
  return absl::StrCat(others.front(), ", given as the ", words->kind,
                      ", is not there; if it is the category and ", words->category, " the ", words->kind,
                      ": ", words->order);
}

bool IsNoSuchCategory(const absl::Status& error) {
  return absl::IsNotFound(error) && absl::StartsWith(error.message(), "there is no category ");
}

std::string OrderWhereNoCategory(const CLI::App& command) {
  const std::optional<Words> words = WordsOf(command);
  if (!words.has_value() || !IsThere(words->category)) return "";
  const bool none = std::all_of(words->others.begin(), words->others.end(), [&](const std::string& word) {
    return IsNoCategory(word) || word == words->category;
  });
  if (none) return "";
  std::error_code error;
  const char* what = std::filesystem::is_directory(words->category, error) ? "folder" : "file";
  return absl::StrCat("; ", words->category, " is a ", what, ", too: ", words->order);
}

std::string OptionBeforeCommand(const CLI::App& app, const std::string& first,
                                const std::vector<std::string>& arguments) {
  const std::string name = first.substr(0, first.find('='));
  const CLI::Option* option = nullptr;
  std::string command = "COMMAND";
  for (const CLI::App* candidate : app.get_subcommands([](const CLI::App*) { return true; })) {
    const CLI::Option* found = candidate->get_option_no_throw(name);
    if (found == nullptr) continue;
    const bool asked =
        std::find(arguments.begin(), arguments.end(), candidate->get_name()) != arguments.end();
    if (option == nullptr || asked) option = found;
    if (asked) command = candidate->get_name();
  }
  if (option == nullptr) return "";
  const std::string value = option->get_type_name();
  return absl::StrCat(name, " stands behind the command: mlfsc ", command, " ", name,
                      value.empty() ? "" : " ", value);
}

}  // namespace mlfsc::client
