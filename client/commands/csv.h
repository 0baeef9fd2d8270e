// Answers as lines of CSV (RFC 4180).
#ifndef MLFSC_CLIENT_COMMANDS_CSV_H_
#define MLFSC_CLIENT_COMMANDS_CSV_H_

#include <string>

#include "absl/status/statusor.h"
#include "mlfsc/v1/inspection.pb.h"

namespace mlfsc::client {

// `text` in quotes where it needs them.
std::string CsvField(const std::string& text);

// The names of CsvFields.
std::string CsvHeading();

// "category,version,verdict,...,error": an answer, or why there is none. Without the line's end.
std::string CsvFields(const absl::StatusOr<v1::Inspection>& inspection);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_COMMANDS_CSV_H_
