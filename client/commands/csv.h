// Answers as lines of CSV (RFC 4180, UTF-8).
#ifndef MLFSC_CLIENT_COMMANDS_CSV_H_
#define MLFSC_CLIENT_COMMANDS_CSV_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mlfsc/v1/inspection.pb.h"

namespace mlfsc::client {

// Who reads it. A spreadsheet takes a cell that begins with = + - @, a tab or a line's end for a formula, and in
// many countries ends a cell at a semicolon.
enum class CsvReader {
  kProgram,
  // Such a cell gets a ' in front; what holds a separator of any kind is quoted.
  kSpreadsheet,
};

// `text` (UTF-8) in quotes where it needs them. Numbers do not pass through this.
std::string CsvField(absl::string_view text, CsvReader reader = CsvReader::kProgram);

// A path as PathText (client/pictures/path_text.h) writes it. For a spreadsheet one that would be a formula
// gets ./ in front: it still opens the same file.
std::string CsvPath(absl::string_view path, CsvReader reader = CsvReader::kProgram);

// Records of CSV text, each its cells.
struct CsvRecords {
  std::vector<std::vector<std::string>> records;
  // Where each ends in the text, behind its line's end. What is behind the last one is not a whole record.
  std::vector<size_t> ends;
};
CsvRecords ParseCsv(absl::string_view text);

// The names of CsvFields.
std::string CsvHeading();

// "category,version,verdict,...,error": an answer, or why there is none, in one line without control characters.
// Without the line's end.
std::string CsvFields(const absl::StatusOr<v1::Inspection>& inspection, CsvReader reader = CsvReader::kProgram);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_COMMANDS_CSV_H_
