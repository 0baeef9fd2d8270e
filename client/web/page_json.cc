#include "client/web/page_json.h"

#include <algorithm>
#include <limits>

#include <nlohmann/json.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "client/commands/json.h"
#include "client/commands/option_names.h"

namespace mlfsc::client {
namespace {

using Json = nlohmann::ordered_json;

// Characters of a word that nobody knows, in a message.
constexpr size_t kShownWord = 40;

absl::StatusOr<Json> ParseObject(const std::string& body) {
  Json json = Json::parse(body, nullptr, false);
  if (!json.is_object()) return absl::InvalidArgumentError("the request is not a JSON object");
  return json;
}

// Reads fields of one object; the first that has the wrong type is remembered.
class Fields {
 public:
  explicit Fields(const Json& json) : json_(json) {}

  void Read(const char* name, std::string* value) {
    if (const Json* field = Find(name, &Json::is_string, "a string")) *value = field->get<std::string>();
  }
  void Read(const char* name, bool* value) {
    if (const Json* field = Find(name, &Json::is_boolean, "true or false")) *value = field->get<bool>();
  }
  template <typename Setter>
  void ReadNumber(const char* name, Setter set) {
    if (const Json* field = Find(name, &Json::is_number, "a number")) set(field->get<double>());
  }
  // `Integer`: what the setter takes; a number that it cannot hold is refused, not cut down.
  template <typename Integer, typename Setter>
  void ReadInteger(const char* name, Setter set) {
    const Json* field = Find(name, &Json::is_number_integer, "a whole number");
    if (field == nullptr) return;
    const auto value = static_cast<Integer>(field->get<int64_t>());
    // One beyond 2^63 - 1 reads as a negative one.
    const bool negative = !field->is_number_unsigned();
    if (field->get<int64_t>() == value && negative == (value < 0)) return set(value);
    status_.Update(absl::InvalidArgumentError(absl::StrCat(name, " is ", field->dump(), "; the limit is ",
                                                           std::numeric_limits<Integer>::min(), " to ",
                                                           std::numeric_limits<Integer>::max())));
  }
  template <typename Value, typename Setter>
  void ReadName(const char* name, const Names<Value>& names, Setter set) {
    std::string word;
    Read(name, &word);
    if (word.empty()) return;
    const auto named =
        std::find_if(names.begin(), names.end(), [&word](const auto& known) { return known.first == word; });
    if (named == names.end()) {
      status_.Update(absl::InvalidArgumentError(
          absl::StrCat(name, ": there is no ", absl::CEscape(word.substr(0, kShownWord)))));
    } else {
      set(named->second);
    }
  }

  const absl::Status& status() const { return status_; }

 private:
  const Json* Find(const char* name, bool (Json::*is_right)() const, const char* wanted) {
    const auto field = json_.find(name);
    if (field == json_.end() || field->is_null()) return nullptr;
    if (((*field).*is_right)()) return &*field;
    status_.Update(absl::InvalidArgumentError(absl::StrCat(name, " is not ", wanted)));
    return nullptr;
  }

  const Json& json_;
  absl::Status status_;
};

absl::Status ParseOptions(const Json& json, v1::CategoryOptions* options) {
  Fields fields(json);
  fields.ReadName("feature_source", SourceNames(), [&](auto value) { options->set_feature_source(value); });
  fields.ReadName("coder", CoderNames(), [&](auto value) { options->set_coder(value); });
  fields.ReadName("score_method", ScoreNames(), [&](auto value) { options->set_score_method(value); });
  fields.ReadInteger<int>("input_size", [&](int value) { options->set_input_size(value); });
  fields.ReadNumber("false_alarm_rate", [&](double value) { options->set_false_alarm_rate(value); });
  return fields.status();
}

}  // namespace

absl::StatusOr<TrainingRequest> ParseTraining(const std::string& body) {
  const absl::StatusOr<Json> json = ParseObject(body);
  if (!json.ok()) return json.status();
  TrainingRequest request;
  Fields fields(*json);
  fields.Read("category", request.start.mutable_category());
  fields.ReadInteger<int>("pictures", [&](int pictures) { request.pictures = pictures; });
  fields.ReadInteger<int64_t>("recalibrate",
                              [&](int64_t version) { request.recalibrated_version = version; });
  bool skip_bad_pictures = false;
  bool keep_active = false;
  fields.Read("skip_bad_pictures", &skip_bad_pictures);
  fields.Read("keep_active", &keep_active);
  fields.ReadName("outliers", OutlierNames(), [&](auto value) { request.start.set_outliers(value); });
  request.start.set_skip_bad_pictures(skip_bad_pictures);
  request.start.set_keep_active(keep_active);
  if (!fields.status().ok()) return fields.status();
  if (request.recalibrated_version.has_value() && json->contains("options")) {
    return absl::InvalidArgumentError("a recalibration has no options; its version has them");
  }
  if (const auto options = json->find("options"); options != json->end()) {
    if (!options->is_object()) return absl::InvalidArgumentError("options is not an object");
    if (absl::Status read = ParseOptions(*options, request.start.mutable_options()); !read.ok()) return read;
  }
  return request;
}

absl::StatusOr<v1::SetThresholdRequest> ParseThreshold(const std::string& category, const std::string& body) {
  const absl::StatusOr<Json> json = ParseObject(body);
  if (!json.ok()) return json.status();
  v1::SetThresholdRequest request;
  request.set_category(category);
  Fields fields(*json);
  bool keep_active = false;
  fields.ReadInteger<int64_t>("version", [&](int64_t version) { request.set_version(version); });
  fields.ReadNumber("threshold", [&](double value) { request.set_threshold(value); });
  fields.ReadNumber("false_alarm_rate", [&](double value) { request.set_false_alarm_rate(value); });
  fields.Read("keep_active", &keep_active);
  request.set_keep_active(keep_active);
  if (!fields.status().ok()) return fields.status();
  if (request.limit_case() == v1::SetThresholdRequest::LIMIT_NOT_SET) {
    return absl::InvalidArgumentError("neither threshold nor false_alarm_rate is given");
  }
  return request;
}

absl::StatusOr<int64_t> ParseVersion(const std::string& body) {
  const absl::StatusOr<Json> json = ParseObject(body);
  if (!json.ok()) return json.status();
  int64_t version = 0;
  Fields fields(*json);
  fields.ReadInteger<int64_t>("version", [&](int64_t value) { version = value; });
  if (!fields.status().ok()) return fields.status();
  if (version < 1)
    return absl::InvalidArgumentError(absl::StrCat("version is ", version, "; the first is 1"));
  return version;
}

Json ToJson(const TrainingState& state) {
  Json json = {{"id", state.id},
               {"category", state.category},
               {"recalibrate",
                state.recalibrated_version.has_value() ? Json(*state.recalibrated_version) : Json(nullptr)},
               {"pictures", state.pictures},
               {"pictures_received", state.pictures_received},
               {"phase", Name(state.progress.phase())},
               {"pictures_done", state.progress.pictures_done()},
               {"pictures_total", state.progress.pictures_total()},
               {"objective", state.progress.objective()},
               {"seconds_left", state.progress.seconds_left()},
               {"done", state.done}};
  if (!state.done) return json;
  if (state.status.ok()) {
    json["result"] = ToJson(state.result.version());
    json.update(FindingsJson(state.result, {}));
  } else {
    json["error"] = {{"code", absl::StatusCodeToString(state.status.code())},
                     {"message", std::string(state.status.message())}};
  }
  return json;
}

Json ToJson(const v1::ImportCategoryResponse& response) {
  return {{"category", response.category()}, {"version", ToJson(response.version())}};
}

Json ToJson(const v1::HeatmapResponse& response) {
  return {{"inspection", ToJson(response.inspection())},
          {"map", absl::Base64Escape(response.map())},
          {"picture", absl::Base64Escape(response.picture())},
          {"scale_low", response.scale_low()},
          {"scale_high", response.scale_high()},
          {"region_threshold", response.region_threshold()}};
}

}  // namespace mlfsc::client
