#include "core/bundle/json_reader.h"

#include <cmath>
#include <limits>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/bundle/quoted.h"

namespace mlfsc {
namespace {

using nlohmann::json;

constexpr int kMaxDepth = 8;

}  // namespace

absl::StatusOr<json> ParseJson(absl::string_view text) {
  absl::Status error;
  // Names of each object that is open, outermost first.
  std::vector<std::set<std::string>> names;
  const auto watch = [&](int depth, json::parse_event_t event, json& value) {
    if (!error.ok()) return false;
    switch (event) {
      case json::parse_event_t::object_start:
        names.emplace_back();
        [[fallthrough]];
      case json::parse_event_t::array_start:
        if (depth >= kMaxDepth) {
          error = absl::InvalidArgumentError(absl::StrCat("is nested more than ", kMaxDepth, " deep"));
        }
        break;
      case json::parse_event_t::object_end:
        names.pop_back();
        break;
      case json::parse_event_t::key:
        if (const auto& name = value.get_ref<const std::string&>(); !names.back().insert(name).second) {
          error = absl::InvalidArgumentError(absl::StrCat("has ", Quoted(name), " twice"));
        }
        break;
      default:
        break;
    }
    return error.ok();
  };
  json parsed = json::parse(text.begin(), text.end(), watch, /*allow_exceptions=*/false);
  if (!error.ok()) return error;
  if (parsed.is_discarded()) return absl::InvalidArgumentError("is no valid JSON");
  if (!parsed.is_object()) return absl::InvalidArgumentError("is no JSON object");
  return parsed;
}

JsonReader::JsonReader(const json* object, std::string place, absl::Status* error)
    : object_(object), place_(std::move(place)), error_(error) {}

void JsonReader::Fail(const char* field, absl::string_view what) const {
  error_->Update(absl::DataLossError(absl::StrCat(place_, field, " ", what)));
}

const json* JsonReader::Find(const char* field) const {
  if (object_ == nullptr) return nullptr;  // Its own absence was the error.
  const auto found = object_->find(field);
  if (found != object_->end()) return &*found;
  Fail(field, "is missing");
  return nullptr;
}

bool JsonReader::Has(const char* field) const { return object_ != nullptr && object_->contains(field); }

std::string JsonReader::String(const char* field) const {
  const json* const value = Find(field);
  if (value == nullptr) return "";
  if (value->is_string()) return value->get<std::string>();
  Fail(field, "is no text");
  return "";
}

std::string JsonReader::OptionalString(const char* field) const { return Has(field) ? String(field) : ""; }

uint64_t JsonReader::Uint64(const char* field) const {
  const json* const value = Find(field);
  if (value == nullptr) return 0;
  if (value->is_number_unsigned()) return value->get<uint64_t>();
  Fail(field, "is no whole number from 0 to 2^64 - 1");
  return 0;
}

int JsonReader::Int(const char* field) const {
  const json* const value = Find(field);
  if (value == nullptr) return 0;
  if (value->is_number_unsigned() &&
      value->get<uint64_t>() <= static_cast<uint64_t>(std::numeric_limits<int>::max())) {
    return value->get<int>();
  }
  Fail(field, "is no whole number from 0 to 2^31 - 1");
  return 0;
}

double JsonReader::Double(const char* field) const {
  const json* const value = Find(field);
  if (value == nullptr) return 0;
  if (value->is_number() && std::isfinite(value->get<double>())) return value->get<double>();
  Fail(field, "is no finite number");
  return 0;
}

int JsonReader::OptionalInt(const char* field, int otherwise) const {
  return Has(field) ? Int(field) : otherwise;
}

double JsonReader::OptionalDouble(const char* field, double otherwise) const {
  return Has(field) ? Double(field) : otherwise;
}

JsonReader JsonReader::Object(const char* field) const {
  const json* value = Find(field);
  if (value != nullptr && !value->is_object()) {
    Fail(field, "is no object");
    value = nullptr;
  }
  return JsonReader(value, absl::StrCat(place_, field, "."), error_);
}

}  // namespace mlfsc
