#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/commands/commands.h"
#include "client/commands/csv.h"
#include "client/commands/in_flight.h"
#include "client/commands/json.h"
#include "client/commands/picture_flags.h"
#include "client/commands/picture_notices.h"
#include "client/commands/verdict_cell.h"
#include "client/pictures/picture_file.h"
#include "client/pictures/picture_folder.h"

namespace mlfsc::client {
namespace {

struct Flags {
  PictureFlags pictures;
  bool json = false;
  bool csv = false;
  std::string fail_on;
};

struct Scored {
  std::string path;
  absl::StatusOr<v1::Inspection> inspection;
};

absl::StatusOr<std::vector<Scored>> ScoreAll(const PictureFlags& flags, const Context& context) {
  const absl::StatusOr<std::vector<std::string>> paths = ExpandFolders(flags.pictures);
  if (!paths.ok()) return paths.status();
  std::vector<Scored> scored;
  for (const std::string& path : *paths) scored.push_back({path, absl::UnknownError("not scored")});
  absl::StatusOr<Client> client = flags.connection.Connect(context);
  if (!client.ok()) return client.status();
  const absl::Status status =
      RunInFlight(context, flags.jobs, "scoring", static_cast<int64_t>(scored.size()), [&](int64_t i) {
        absl::StatusOr<v1::Picture> picture = ReadPicture(scored[i].path, flags.reading);
        if (!picture.ok()) {
          scored[i].inspection = picture.status();
          return absl::OkStatus();
        }
        scored[i].inspection = client->Score(flags.category, *std::move(picture), flags.version);
        const absl::Status answer = scored[i].inspection.status();
        if (!IsAboutThePicture(answer)) return answer;
        scored[i].inspection = OfPicture(scored[i].path, answer);
        return absl::OkStatus();
      });
  if (!status.ok()) return status;
  return scored;
}

std::string WorstRegion(const v1::Inspection& inspection) {
  if (inspection.regions().empty()) return "-";
  const v1::Region& worst = inspection.regions(0);
  return absl::StrFormat("%dx%d at %d,%d", worst.width(), worst.height(), worst.x(), worst.y());
}

void PrintTable(const std::vector<Scored>& scored, const Terminal& terminal) {
  Table table({{"PICTURE"},
               {"VERDICT"},
               {"NORMALIZED", Table::Align::kRight},
               {"SCORE", Table::Align::kRight},
               {"THRESHOLD", Table::Align::kRight},
               {"REGIONS", Table::Align::kRight},
               {"WORST REGION"},
               {"MS", Table::Align::kRight}});
  for (const Scored& one : scored) {
    if (!one.inspection.ok()) {
      table.Add({one.path, Cell("error", Color::kRed), "-", "-", "-", "-", "-", "-"});
      continue;
    }
    const v1::Inspection& inspection = *one.inspection;
    table.Add({one.path, VerdictCell(inspection.verdict()),
               absl::StrFormat("%.3f", inspection.normalized_score()),
               absl::StrFormat("%.4g", inspection.raw_score()),
               absl::StrFormat("%.4g", inspection.threshold()), absl::StrCat(inspection.regions_size()),
               WorstRegion(inspection), absl::StrFormat("%.0f", inspection.stage_times().total())});
  }
  table.Print(terminal);
}

void PrintAsJson(const std::vector<Scored>& scored, std::ostream* out) {
  nlohmann::ordered_json pictures = nlohmann::ordered_json::array();
  for (const Scored& one : scored) {
    nlohmann::ordered_json picture = {{"picture", one.path}};
    if (one.inspection.ok()) {
      picture.update(ToJson(*one.inspection));
    } else {
      picture["error"] = std::string(one.inspection.status().message());
    }
    pictures.push_back(std::move(picture));
  }
  PrintJson(pictures, out);
}

void PrintCsv(const std::vector<Scored>& scored, std::ostream* out) {
  *out << "picture," << CsvHeading() << '\n';
  for (const Scored& one : scored) *out << CsvField(one.path) << ',' << CsvFields(one.inspection) << '\n';
}

bool FailsOn(const std::string& fail_on, v1::Verdict verdict) {
  return verdict == v1::NOK ? !fail_on.empty() : verdict == v1::REVIEW && fail_on == "review";
}

absl::StatusOr<int> Run(const Flags& flags, const Context& context) {
  const absl::StatusOr<std::vector<Scored>> scored = ScoreAll(flags.pictures, context);
  if (!scored.ok()) return scored.status();
  if (flags.json) {
    PrintAsJson(*scored, context.terminal.out);
  } else if (flags.csv) {
    PrintCsv(*scored, context.terminal.out);
  } else {
    PrintTable(*scored, context.terminal);
  }
  PictureNotices notices;
  int code = kExitOk;
  for (const Scored& one : *scored) {
    if (one.inspection.ok()) notices.Add(one.path, one.inspection->notice());
    if (!one.inspection.ok()) {
      *context.terminal.err << "mlfsc: " << Printable(one.inspection.status().message()) << '\n';
      code = kExitError;
    } else if (code == kExitOk && FailsOn(flags.fail_on, one.inspection->verdict())) {
      code = kExitVerdict;
    }
  }
  notices.Print(context.terminal.err);
  return code;
}

}  // namespace

Command AddScore(CLI::App* app, const Context& context) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app->add_subcommand("score", "Score pictures: how far each departs from good");
  flags->pictures.AddTo(command);
  CLI::Option* json = command->add_flag("--json", flags->json, "Print everything as JSON");
  command->add_flag("--csv", flags->csv, "Print one line a picture as CSV")->excludes(json);
  command
      ->add_option("--fail-on", flags->fail_on,
                   "Exit code 2 when a picture has this verdict or a worse one: review, nok")
      ->check(CLI::IsMember({"review", "nok"}).description(""))
      ->type_name("VERDICT");
  command->footer(
      "Exit code: 0, 1 when a picture could not be scored, 2 for --fail-on.\n\n"
      "Examples:\n"
      "  mlfsc score carpet part.png\n"
      "  mlfsc score carpet today/ --csv > today.csv\n"
      "  mlfsc score carpet part.png --fail-on nok || reject");
  return {command, [flags, &context] { return Run(*flags, context); }};
}

}  // namespace mlfsc::client
