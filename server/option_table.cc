#include "server/option_table.h"

#include <CLI/CLI.hpp>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace mlfsc {
namespace {

template <typename Integer>
std::function<std::string(const std::string&)> SetCount(int low, int high, Integer* target) {
  return [=](const std::string& value) {
    int number = 0;
    if (!absl::SimpleAtoi(value, &number) || number < low || number > high) {
      return absl::StrFormat("'%s' is no whole number from %d to %d", value, low, high);
    }
    *target = number;
    return std::string();
  };
}

std::string CountType(int low, int high) { return absl::StrFormat("%d..%d", low, high); }

}  // namespace

void OptionTable::Text(const std::string& name, std::string* target, const std::string& help) {
  Add(name, "TEXT", *target, help, [target](const std::string& value) {
    *target = value;
    return std::string();
  });
}

void OptionTable::List(const std::string& name, std::vector<std::string>* target, const std::string& help) {
  Add(name, "TEXT,...", absl::StrJoin(*target, ","), help, [target](const std::string& value) {
    *target = absl::StrSplit(value, ',', absl::SkipEmpty());
    return std::string();
  });
}

void OptionTable::Count(const std::string& name, int low, int high, int* target, const std::string& help) {
  Add(name, CountType(low, high), absl::StrCat(*target), help, SetCount(low, high, target));
}

void OptionTable::Count(const std::string& name, int low, int high, int64_t* target,
                        const std::string& help) {
  Add(name, CountType(low, high), absl::StrCat(*target), help, SetCount(low, high, target));
}

void OptionTable::CountOrAuto(const std::string& name, int low, int high, std::optional<int>* target,
                              const std::string& help) {
  Add(name, absl::StrCat("auto|", CountType(low, high)), "auto", help, [=](const std::string& value) {
    int number = 0;
    if (value == "auto") {
      target->reset();
      return std::string();
    }
    if (!absl::SimpleAtoi(value, &number) || number < low || number > high) {
      return absl::StrFormat("'%s' is neither auto nor a whole number from %d to %d", value, low, high);
    }
    *target = number;
    return std::string();
  });
}

void OptionTable::BytesOrAuto(const std::string& name, int64_t low, int64_t high,
                              std::optional<int64_t>* target, const std::string& help) {
  Add(name, "auto|BYTES", "auto", help, [=](const std::string& value) {
    if (value == "auto") {
      target->reset();
      return std::string();
    }
    absl::string_view number = value;
    int64_t unit = 1;
    for (const auto& [suffix, bytes] :
         {std::pair("KiB", int64_t{1} << 10), std::pair("MiB", int64_t{1} << 20), std::pair("GiB", int64_t{1} << 30)}) {
      if (absl::ConsumeSuffix(&number, suffix)) unit = bytes;
    }
    int64_t count = 0;
    if (!absl::SimpleAtoi(number, &count) || count < 0 || count > high / unit || count * unit < low) {
      return absl::StrFormat("'%s' is neither auto nor bytes from %d to %d (like 805306368 or 768MiB)", value, low,
                             high);
    }
    *target = count * unit;
    return std::string();
  });
}

void OptionTable::Duration(const std::string& name, absl::Duration low, absl::Duration high,
                           absl::Duration* target, const std::string& help) {
  Add(name, "DURATION", absl::FormatDuration(*target), help, [=](const std::string& value) {
    absl::Duration duration;
    if (!absl::ParseDuration(value, &duration) || duration < low || duration > high) {
      return absl::StrFormat("'%s' is no duration from %s to %s (like 5ms, 30s or 1m)", value,
                             absl::FormatDuration(low), absl::FormatDuration(high));
    }
    *target = duration;
    return std::string();
  });
}

void OptionTable::Address(const std::string& name, bool may_be_empty, std::string* target,
                          const std::string& help) {
  Add(name, "HOST:PORT", *target, help, [=](const std::string& value) {
    const size_t colon = value.rfind(':');
    int port = 0;
    const bool sound = colon != std::string::npos && colon > 0 &&
                       absl::SimpleAtoi(value.substr(colon + 1), &port) && port >= 0 && port <= 65535;
    if (!sound && !(value.empty() && may_be_empty)) {
      return absl::StrFormat("'%s' is no HOST:PORT with a port from 0 to 65535", value);
    }
    *target = value;
    return std::string();
  });
}

void OptionTable::InputSizes(const std::string& name, std::vector<int>* target, const std::string& help) {
  constexpr int kLow = 128;
  constexpr int kHigh = 1024;
  constexpr int kMultiple = 32;
  constexpr int kMost = 4;
  Add(name, "N,...", absl::StrJoin(*target, ","), help, [=](const std::string& value) {
    std::vector<int> sizes;
    for (const auto& word : absl::StrSplit(value, ',')) {
      int size = 0;
      if (!absl::SimpleAtoi(word, &size) || size < kLow || size > kHigh || size % kMultiple != 0) {
        return absl::StrFormat("'%s' in '%s' is no multiple of %d from %d to %d", std::string(word), value,
                               kMultiple, kLow, kHigh);
      }
      sizes.push_back(size);
    }
    if (sizes.size() > kMost) return absl::StrFormat("'%s' has more than %d sizes", value, kMost);
    *target = sizes;
    return std::string();
  });
}

void OptionTable::Switch(const std::string& name, bool* target, const std::string& help) {
  // CLI11 hands over the default when the name stands alone.
  Add(name, "true|false", "", help, [target](const std::string& value) {
    if (!value.empty() && value != "true" && value != "false") {
      return absl::StrFormat("'%s' is neither true nor false", value);
    }
    *target = value != "false";
    return std::string();
  });
  app_->get_option("--" + name)->expected(0, 1);
}

void OptionTable::Add(const std::string& name, const std::string& type, const std::string& default_value,
                      const std::string& help, const std::function<std::string(const std::string&)>& set) {
  const std::string flag = "--" + name;
  app_->add_option_function<std::string>(
          flag,
          [flag, set](const std::string& value) {
            const std::string error = set(value);
            if (!error.empty()) throw CLI::ValidationError(flag, error);
          },
          help)
      ->type_name(type)
      ->default_str(default_value);
}

}  // namespace mlfsc
