#include "client/commands/csv.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "client/commands/option_names.h"

namespace mlfsc::client {

std::string CsvField(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

std::string CsvHeading() {
  return "category,version,verdict,normalized_score,raw_score,threshold,regions,worst_x,worst_y,worst_width,"
         "worst_height,milliseconds,error";
}

std::string CsvFields(const absl::StatusOr<v1::Inspection>& inspection) {
  if (!inspection.ok()) {
    return absl::StrCat(",,,,,,,,,,,,", CsvField(std::string(inspection.status().message())));
  }
  std::string worst = ",,,";
  if (!inspection->regions().empty()) {
    const v1::Region& region = inspection->regions(0);
    worst = absl::StrCat(region.x(), ",", region.y(), ",", region.width(), ",", region.height());
  }
  return absl::StrFormat("%s,%d,%s,%.9g,%.9g,%.9g,%d,%s,%.3f,", CsvField(inspection->category()),
                         inspection->version(), Name(inspection->verdict()), inspection->normalized_score(),
                         inspection->raw_score(), inspection->threshold(), inspection->regions_size(), worst,
                         inspection->stage_times().total());
}

}  // namespace mlfsc::client
