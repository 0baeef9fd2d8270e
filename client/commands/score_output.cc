#include "client/commands/score_output.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "client/commands/csv.h"
#include "client/commands/json.h"
#include "client/commands/verdict_cell.h"
#include "client/pictures/path_text.h"
#include "client/terminal/table.h"

namespace mlfsc::client {
namespace {

std::string WorstRegion(const v1::Inspection& inspection) {
  if (inspection.regions().empty()) return "-";
  const v1::Region& worst = inspection.regions(0);
  return absl::StrFormat("%dx%d at %d,%d", worst.width(), worst.height(), worst.x(), worst.y());
}

class TableOutput : public ScoreOutput {
 public:
  TableOutput(const Terminal& terminal, const std::vector<std::string>& paths)
      : terminal_(terminal),
        table_({{"PICTURE"},
                {"VERDICT"},
                {"NORMALIZED", Table::Align::kRight},
                {"SCORE", Table::Align::kRight},
                {"THRESHOLD", Table::Align::kRight},
                {"REGIONS", Table::Align::kRight},
                {"WORST REGION"},
                {"MS", Table::Align::kRight}}) {
    for (const std::string& path : paths) {
      table_.Fit({path, "REVIEW", "0.000", "1234", "1234", "10", "128x128 at 128,128", "1234"});
    }
  }

  void Put(const std::string& path, const absl::StatusOr<v1::Inspection>& inspection) override {
    if (!begun_) table_.PrintHeading(terminal_);
    begun_ = true;
    table_.PrintRow(terminal_, Row(path, inspection));
    terminal_.out->flush();
  }

 private:
  static std::vector<Cell> Row(const std::string& path, const absl::StatusOr<v1::Inspection>& inspection) {
    if (!inspection.ok()) return {path, Cell("error", Color::kRed), "-", "-", "-", "-", "-", "-"};
    return {path,
            VerdictCell(inspection->verdict()),
            absl::StrFormat("%.3f", inspection->normalized_score()),
            absl::StrFormat("%.4g", inspection->raw_score()),
            absl::StrFormat("%.4g", inspection->threshold()),
            absl::StrCat(inspection->regions_size()),
            WorstRegion(*inspection),
            absl::StrFormat("%.0f", inspection->stage_times().total())};
  }

  const Terminal terminal_;
  Table table_;
  bool begun_ = false;
};

class CsvOutput : public ScoreOutput {
 public:
  CsvOutput(std::ostream* out, bool heading, CsvReader reader)
      : out_(out), reader_(reader), heading_(heading) {}

  void Put(const std::string& path, const absl::StatusOr<v1::Inspection>& inspection) override {
    // In one piece, so that who reads along sees no half of it.
    *out_ << absl::StrCat(heading_ ? ScoreCsvHeading() : "", CsvPath(path, reader_), ",",
                          CsvFields(inspection, reader_), "\n")
          << std::flush;
    heading_ = false;
  }

 private:
  std::ostream* const out_;
  const CsvReader reader_;
  bool heading_;
};

nlohmann::ordered_json Picture(const std::string& path, const absl::StatusOr<v1::Inspection>& inspection) {
  nlohmann::ordered_json picture = {{"picture", PathText(path)}};
  if (inspection.ok()) {
    picture.update(ToJson(*inspection));
  } else {
    picture["error"] = std::string(inspection.status().message());
  }
  return picture;
}

class JsonOutput : public ScoreOutput {
 public:
  explicit JsonOutput(std::ostream* out) : out_(out) {}

  void Put(const std::string& path, const absl::StatusOr<v1::Inspection>& inspection) override {
    std::string text = FormatJson(Picture(path, inspection));
    text.pop_back();
    *out_ << absl::StrCat(begun_ ? ",\n  " : "[\n  ", absl::StrReplaceAll(text, {{"\n", "\n  "}}))
          << std::flush;
    begun_ = true;
  }
  void End() override { *out_ << (begun_ ? "\n]\n" : "[]\n") << std::flush; }

 private:
  std::ostream* const out_;
  bool begun_ = false;
};

class JsonLinesOutput : public ScoreOutput {
 public:
  explicit JsonLinesOutput(std::ostream* out) : out_(out) {}

  void Put(const std::string& path, const absl::StatusOr<v1::Inspection>& inspection) override {
    *out_ << FormatJsonLine(Picture(path, inspection)) << std::flush;
  }

 private:
  std::ostream* const out_;
};

}  // namespace

std::unique_ptr<ScoreOutput> MakeTableOutput(const Terminal& terminal,
                                             const std::vector<std::string>& paths) {
  return std::make_unique<TableOutput>(terminal, paths);
}

std::unique_ptr<ScoreOutput> MakeCsvOutput(std::ostream* out, bool heading, CsvReader reader) {
  return std::make_unique<CsvOutput>(out, heading, reader);
}

std::unique_ptr<ScoreOutput> MakeJsonOutput(std::ostream* out) { return std::make_unique<JsonOutput>(out); }

std::unique_ptr<ScoreOutput> MakeJsonLinesOutput(std::ostream* out) {
  return std::make_unique<JsonLinesOutput>(out);
}

std::string ScoreCsvHeading() { return absl::StrCat("picture,", CsvHeading(), "\n"); }

std::string PathInCsv(const std::string& path, CsvReader reader) {
  return ParseCsv(absl::StrCat(CsvPath(path, reader), "\n")).records.front().front();
}

std::string PathInJson(const std::string& path) { return PathText(path); }

}  // namespace mlfsc::client
