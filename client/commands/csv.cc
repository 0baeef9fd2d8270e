#include "client/commands/csv.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "client/commands/option_names.h"
#include "client/pictures/path_text.h"
#include "client/terminal/terminal.h"

namespace mlfsc::client {

namespace {

// Full-width forms are formulas, too, where such are typed.
bool IsFormula(absl::string_view text) {
  if (text.empty()) return false;
  if (absl::string_view("=+-@\t\r\n").find(text.front()) != absl::string_view::npos) return true;
  return absl::StartsWith(text, "\uFF1D") || absl::StartsWith(text, "\uFF0B") ||
         absl::StartsWith(text, "\uFF0D") || absl::StartsWith(text, "\uFF20");
}

std::string Quoted(absl::string_view text, CsvReader reader) {
  const char* special = reader == CsvReader::kSpreadsheet ? ",\"\r\n;\t" : ",\"\r\n";
  if (text.find_first_of(special) == absl::string_view::npos) return std::string(text);
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

}  // namespace

std::string CsvField(absl::string_view text, CsvReader reader) {
  const bool harmful = reader == CsvReader::kSpreadsheet && IsFormula(text);
  return Quoted(absl::StrCat(harmful ? "'" : "", text), reader);
}

std::string CsvPath(absl::string_view path, CsvReader reader) {
  const std::string text = PathText(path);
  const bool harmful = reader == CsvReader::kSpreadsheet && IsFormula(text);
  return Quoted(absl::StrCat(harmful ? "./" : "", text), reader);
}

CsvRecords ParseCsv(absl::string_view text) {
  CsvRecords csv;
  std::vector<std::string> record;
  std::string cell;
  bool quoted = false;
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted) {
      if (c != '"') {
        cell += c;
      } else if (at + 1 < text.size() && text[at + 1] == '"') {
        cell += text[++at];
      } else {
        quoted = false;
      }
    } else if (c == '"') {
      quoted = true;
    } else if (c == ',' || c == '\n') {
      record.push_back(std::move(cell));
      cell.clear();
      if (c == ',') continue;
      csv.records.push_back(std::move(record));
      csv.ends.push_back(at + 1);
      record.clear();
    } else if (c != '\r') {
      cell += c;
    }
  }
  return csv;
}

std::string CsvHeading() {
  return "category,version,verdict,normalized_score,raw_score,threshold,regions,worst_x,worst_y,worst_width,"
         "worst_height,milliseconds,error";
}

std::string CsvFields(const absl::StatusOr<v1::Inspection>& inspection, CsvReader reader) {
  if (!inspection.ok()) {
    return absl::StrCat(",,,,,,,,,,,,", CsvField(Printable(inspection.status().message()), reader));
  }
  std::string worst = ",,,";
  if (!inspection->regions().empty()) {
    const v1::Region& region = inspection->regions(0);
    worst = absl::StrCat(region.x(), ",", region.y(), ",", region.width(), ",", region.height());
  }
  return absl::StrFormat("%s,%d,%s,%.9g,%.9g,%.9g,%d,%s,%.3f,", CsvField(inspection->category(), reader),
                         inspection->version(), Name(inspection->verdict()), inspection->normalized_score(),
                         inspection->raw_score(), inspection->threshold(), inspection->regions_size(), worst,
                         inspection->stage_times().total());
}

}  // namespace mlfsc::client
