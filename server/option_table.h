// The kinds of options that the server has.
#ifndef MLFSC_SERVER_OPTION_TABLE_H_
#define MLFSC_SERVER_OPTION_TABLE_H_

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"

namespace CLI {
class App;
}  // namespace CLI

namespace mlfsc {

// Declares options, each `--name VALUE`, that write to their target when the line is parsed. A target's value
// at declaration is the default. A value that is refused becomes a CLI::ValidationError with one line that
// names option, value and limit.
class OptionTable {
 public:
  explicit OptionTable(CLI::App* app) : app_(app) {}

  void Text(const std::string& name, std::string* target, const std::string& help);

  // Words between commas.
  void List(const std::string& name, std::vector<std::string>* target, const std::string& help);

  // A whole number from `low` to `high`.
  void Count(const std::string& name, int low, int high, int* target, const std::string& help);
  void Count(const std::string& name, int low, int high, int64_t* target, const std::string& help);

  // The same, or `auto`: nullopt, the default.
  void CountOrAuto(const std::string& name, int low, int high, std::optional<int>* target,
                   const std::string& help);

  // Bytes: a whole number, or one with KiB, MiB or GiB behind it; or `auto`: nullopt, the default.
  void BytesOrAuto(const std::string& name, int64_t low, int64_t high, std::optional<int64_t>* target,
                   const std::string& help);

  // As 5ms, 30s, 1m30s.
  void Duration(const std::string& name, absl::Duration low, absl::Duration high, absl::Duration* target,
                const std::string& help);

  // HOST:PORT, or nothing when it `may_be_empty`.
  void Address(const std::string& name, bool may_be_empty, std::string* target, const std::string& help);

  // Up to 4 multiples of 32 from 128 to 1024, between commas.
  void InputSizes(const std::string& name, std::vector<int>* target, const std::string& help);

  // Off by default; on when given alone or as `--name true`.
  void Switch(const std::string& name, bool* target, const std::string& help);

  // One of some words.
  template <typename T>
  void Choice(const std::string& name, const std::vector<std::pair<std::string, T>>& choices, T* target,
              const std::string& help) {
    using Word = std::pair<std::string, T>;
    const std::string words =
        absl::StrJoin(choices, "|", [](std::string* out, const Word& choice) { *out += choice.first; });
    const auto now = std::find_if(choices.begin(), choices.end(),
                                  [target](const Word& choice) { return choice.second == *target; });
    Add(name, words, now->first, help, [=](const std::string& value) {
      const auto chosen = std::find_if(choices.begin(), choices.end(),
                                       [&value](const Word& choice) { return choice.first == value; });
      if (chosen == choices.end()) return absl::StrFormat("'%s' is none of %s", value, words);
      *target = chosen->second;
      return std::string();
    });
  }

 private:
  // `set` returns what is wrong with a value, or nothing.
  void Add(const std::string& name, const std::string& type, const std::string& default_value,
           const std::string& help, const std::function<std::string(const std::string&)>& set);

  CLI::App* const app_;
};

}  // namespace mlfsc

#endif  // MLFSC_SERVER_OPTION_TABLE_H_
