#include "client/watch/journal_record.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace mlfsc::client {
namespace {

// FNV-1a: a line that was torn or overwritten is told from a whole one.
std::string Checksum(absl::string_view text) {
  uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return absl::StrFormat("%016x", hash);
}

// File names are bytes, JSON is UTF-8.
std::string Encode(const std::string& bytes) { return absl::CHexEscape(bytes); }

bool Decode(const nlohmann::json& text, std::string* bytes) {
  return text.is_string() && absl::CUnescape(text.get<std::string>(), bytes);
}

}  // namespace

std::string FormatRecord(const JournalRecord& record) {
  const nlohmann::ordered_json json = {{"name", Encode(record.file.name)}, {"size", record.file.size},
                                       {"time_ns", record.file.time_ns},   {"row", Encode(record.row)},
                                       {"row_at", record.row_at},          {"target", Encode(record.target)},
                                       {"finished", record.finished}};
  const std::string text = json.dump();
  return absl::StrCat(Checksum(text), " ", text, "\n");
}

std::optional<JournalRecord> ParseRecord(absl::string_view line) {
  const size_t space = line.find(' ');
  if (space == absl::string_view::npos) return std::nullopt;
  const absl::string_view text = line.substr(space + 1);
  if (line.substr(0, space) != Checksum(text)) return std::nullopt;
  const nlohmann::json json = nlohmann::json::parse(text.begin(), text.end(), nullptr, false);
  if (!json.is_object()) return std::nullopt;
  for (const char* number : {"size", "time_ns", "row_at"}) {
    if (!json.contains(number) || !json[number].is_number_integer()) return std::nullopt;
  }
  if (!json.contains("finished") || !json["finished"].is_boolean()) return std::nullopt;
  JournalRecord record;
  record.finished = json["finished"];
  record.file.size = json["size"];
  record.file.time_ns = json["time_ns"];
  record.row_at = json["row_at"];
  for (const auto& [field, bytes] : {std::pair("name", &record.file.name), std::pair("row", &record.row),
                                     std::pair("target", &record.target)}) {
    if (!json.contains(field) || !Decode(json[field], bytes)) return std::nullopt;
  }
  return record;
}

}  // namespace mlfsc::client
