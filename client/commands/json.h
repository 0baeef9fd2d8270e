// Answers as JSON: the wire's field names, verdicts and options as words.
#ifndef MLFSC_CLIENT_COMMANDS_JSON_H_
#define MLFSC_CLIENT_COMMANDS_JSON_H_

#include <ostream>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "mlfsc/v1/inspection.pb.h"

namespace mlfsc::client {

nlohmann::ordered_json ToJson(const v1::Inspection& inspection);
nlohmann::ordered_json ToJson(const v1::CategoryOptions& options);
nlohmann::ordered_json ToJson(const v1::Version& version);
nlohmann::ordered_json ToJson(const v1::Category& category);
// "pictures_skipped", "skipped", "independent_pictures", "outliers" and "notices" of what a training noticed. `names`:
// of the pictures (of files: PathText), in the order they were sent; an outlier and one that was skipped get theirs as "file".
nlohmann::ordered_json FindingsJson(const v1::TrainResult& result, const std::vector<std::string>& names);
nlohmann::ordered_json ToJson(const v1::GetStatisticsResponse& statistics);

// Indented, with a line's end. Bytes of file names that are not UTF-8 are replaced.
std::string FormatJson(const nlohmann::ordered_json& json);
// The same on one line.
std::string FormatJsonLine(const nlohmann::ordered_json& json);
void PrintJson(const nlohmann::ordered_json& json, std::ostream* out);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_COMMANDS_JSON_H_
