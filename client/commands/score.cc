#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/commands/commands.h"
#include "client/commands/csv.h"
#include "client/commands/hints.h"
#include "client/commands/patience.h"
#include "client/commands/picture_flags.h"
#include "client/commands/score_output.h"
#include "client/commands/score_resume.h"
#include "client/commands/score_run.h"
#include "client/fault.h"

namespace mlfsc::client {
namespace {

struct Flags {
  PictureFlags pictures;
  bool json = false;
  bool json_lines = false;
  bool csv = false;
  bool for_spreadsheet = false;
  std::string fail_on;
  std::string resume;
  double patience_seconds = 60;
};

std::unique_ptr<ScoreOutput> MakeOutput(const Flags& flags, const std::vector<std::string>& paths,
                                        bool csv_heading, const Terminal& terminal) {
  if (flags.json) return MakeJsonOutput(terminal.out);
  if (flags.json_lines) return MakeJsonLinesOutput(terminal.out);
  if (flags.csv) {
    return MakeCsvOutput(terminal.out, csv_heading,
                         flags.for_spreadsheet ? CsvReader::kSpreadsheet : CsvReader::kProgram);
  }
  return MakeTableOutput(terminal, paths);
}

// Leaves out of `paths` what has a row in the earlier output. Returns whether the new rows go behind those.
absl::StatusOr<bool> LeaveOutDone(const Flags& flags, std::vector<std::string>* paths) {
  const absl::StatusOr<EarlierOutput> earlier = ReadEarlierOutput(flags.resume, flags.pictures.category);
  if (!earlier.ok()) return earlier.status();
  if (earlier->whole > 0 && earlier->is_csv != flags.csv) {
    return absl::InvalidArgumentError(absl::StrCat(flags.resume, " is ",
                                                   earlier->is_csv ? "CSV" : "JSON lines", "; go on with ",
                                                   earlier->is_csv ? "--csv" : "--jsonl"));
  }
  *paths = NotIn(*earlier, *paths);
  const absl::StatusOr<bool> same = PrepareToAppend(*earlier, flags.resume);
  if (!same.ok()) return same;
  return *same && earlier->whole > 0;
}

// One line that says what is missing.
std::string Missing(const Flags& flags, const CLI::App& command, const ScoreTally& tally, size_t count) {
  const std::string how = flags.csv || flags.json_lines ? "; --resume FILE, the output so far, goes on"
                                                        : "; with --csv or --jsonl, --resume could go on";
  const std::string order = IsNoSuchCategory(tally.ended) ? OrderWhereNoCategory(command) : "";
  return absl::StrCat(tally.ended.message(), order, ": ", tally.not_done, " of ", count,
                      count == 1 ? " picture" : " pictures", " not done",
                      static_cast<size_t>(tally.not_done) < count ? how : "");
}

absl::StatusOr<int> Run(const Flags& flags, const CLI::App& command, const Context& context) {
  absl::StatusOr<std::vector<std::string>> paths = FindPictures(
      context, flags.pictures.category, flags.pictures.pictures, flags.pictures.recursive);
  if (!paths.ok()) return paths.status();
  bool behind = false;
  if (!flags.resume.empty()) {
    const absl::StatusOr<bool> left = LeaveOutDone(flags, &*paths);
    if (!left.ok()) return left.status();
    behind = *left;
    if (paths->empty()) {
      *context.terminal.err << "mlfsc: every picture has its row in " << Printable(flags.resume) << '\n';
      return kExitOk;
    }
  }
  absl::StatusOr<Client> client = flags.pictures.connection.Connect(context);
  if (!client.ok()) return client.status();
  ScoreRunOptions options;
  options.category = flags.pictures.category;
  options.version = flags.pictures.version;
  options.reading = flags.pictures.reading;
  options.jobs = flags.pictures.jobs;
  options.patience = absl::Seconds(flags.patience_seconds);
  options.fail_on = flags.fail_on;
  const std::unique_ptr<ScoreOutput> output = MakeOutput(flags, *paths, !behind, context.terminal);
  const std::unique_ptr<Interrupt> interrupt = context.listen_for_interrupt();
  const ScoreTally tally = ScoreRun(options, context, &*client, interrupt.get(), *paths, output.get()).Run();
  if (static_cast<size_t>(tally.not_done) < paths->size()) output->End();
  if (tally.not_done > 0) {
    *context.terminal.err << "mlfsc: " << Printable(Missing(flags, command, tally, paths->size())) << '\n';
    // What only somebody can put right is an error; the rest only takes another run.
    const bool lasting = FaultOf(tally.ended) != Fault::kPassing || absl::IsDataLoss(tally.ended);
    return lasting ? kExitError : kExitIncomplete;
  }
  if (tally.bad > 0) return kExitError;
  return tally.failed > 0 ? kExitVerdict : kExitOk;
}

}  // namespace

Command AddScore(CLI::App* app, const Context& context) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app->add_subcommand("score", "Score pictures: how far each departs from good");
  flags->pictures.AddTo(command);
  CLI::Option* json = command->add_flag("--json", flags->json, "Print everything as one JSON array");
  CLI::Option* json_lines =
      command->add_flag("--jsonl", flags->json_lines, "Print everything as JSON, one line a picture")
          ->excludes(json);
  CLI::Option* csv = command->add_flag("--csv", flags->csv, "Print one line a picture as CSV")
                         ->excludes(json)
                         ->excludes(json_lines);
  command
      ->add_flag("--for-spreadsheet", flags->for_spreadsheet,
                 "With --csv: no cell counts as a formula, and other separators are quoted")
      ->needs(csv);
  command
      ->add_option("--resume", flags->resume,
                   "Leave out the pictures that have a row in FILE, an earlier output (CSV or JSON lines)")
      ->type_name("FILE")
      ->excludes(json);
  command
      ->add_option("--fail-on", flags->fail_on,
                   "Exit code 2 when a picture has this verdict or a worse one: review, nok")
      ->transform(CLI::IsMember({"review", "nok"}, CLI::ignore_case).description(""))
      ->type_name("VERDICT");
  AddPatienceFlag(command, &flags->patience_seconds, "How long a server that does not answer is waited for");
  command->footer(
      "Each row is printed as soon as it is known, in the order of the pictures; one that the server could "
      "not\n"
      "score at first (it had no memory, say) comes behind the others. Ctrl-C ends in good order, and the "
      "last\n"
      "line says how many were not done. --resume goes by the picture's path as the row has it.\n\n"
      "Exit code: 0; 1 when a picture cannot be scored (the others are), or an error ended it all; 2 for "
      "--fail-on;\n"
      "3 when pictures were not done, because of Ctrl-C or a server that was away: --resume goes on.\n\n"
      "Examples:\n"
      "  mlfsc score carpet part.png\n"
      "  mlfsc score carpet today/ --csv > today.csv\n"
      "  mlfsc score carpet today/ --csv --resume today.csv >> today.csv\n"
      "  mlfsc score carpet part.png --fail-on nok || reject");
  return {command, [flags, command, &context] { return Run(*flags, *command, context); }};
}

}  // namespace mlfsc::client
