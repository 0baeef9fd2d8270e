#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/commands/commands.h"
#include "client/commands/connection_flags.h"
#include "client/commands/csv.h"
#include "client/commands/in_flight.h"
#include "client/commands/patience.h"
#include "client/commands/reading_flags.h"
#include "client/commands/test_set_check.h"
#include "client/commands/version_number.h"
#include "client/commands/watch_loop.h"
#include "client/fault.h"
#include "client/pictures/picture_file.h"
#include "client/pictures/picture_folder.h"
#include "client/watch/folder.h"
#include "client/watch/ledger.h"

namespace mlfsc::client {
namespace {

constexpr char kCsvName[] = "scores.csv";

struct Flags {
  ConnectionFlags connection;
  std::string folder;
  std::string category;
  std::string csv;
  std::string journal;
  std::string move;
  std::string link;
  int64_t version = 0;
  PictureReading reading;
  int jobs = 2;
  double interval_seconds = 0.5;
  double settle_seconds = 1;
  double patience_seconds = 60;
  bool once = false;
  bool quiet = false;
  bool for_spreadsheet = false;

  CsvReader reader() const { return for_spreadsheet ? CsvReader::kSpreadsheet : CsvReader::kProgram; }
};

std::filesystem::path In(const Flags& flags, const std::string& name) {
  return std::filesystem::path(flags.folder) / name;
}

LedgerOptions LedgerFor(const Flags& flags) {
  LedgerOptions options;
  options.folder = flags.folder;
  options.category = flags.category;
  options.csv = flags.csv.empty() ? In(flags, kCsvName).string() : flags.csv;
  options.csv_heading = absl::StrCat("time,picture,placed,", CsvHeading());
  options.csv_cell = [reader = flags.reader()](const std::string& path) { return CsvPath(path, reader); };
  options.journal = flags.journal.empty() ? In(flags, ".mlfsc-watch").string() : flags.journal;
  if (!flags.move.empty()) options.placement = {PlacementKind::kMove, flags.move};
  if (!flags.link.empty()) options.placement = {PlacementKind::kLink, flags.link};
  return options;
}

WatchOptions LoopFor(const Flags& flags) {
  WatchOptions options;
  options.folder = flags.folder;
  options.category = flags.category;
  options.version = flags.version;
  options.reading = flags.reading;
  options.jobs = flags.jobs;
  options.interval = absl::Seconds(flags.interval_seconds);
  options.settle = absl::Seconds(flags.settle_seconds);
  options.once = flags.once;
  options.patience = absl::Seconds(flags.patience_seconds);
  options.quiet = flags.quiet;
  options.csv_reader = flags.reader();
  return options;
}

// A journal of the time when each category had a file of its own is not read, and not passed over either.
absl::Status CheckForOldJournal(const Flags& flags) {
  const std::string old = In(flags, absl::StrCat(".mlfsc-watch-", flags.category)).string();
  std::error_code error;
  if (!flags.journal.empty() || !std::filesystem::exists(old, error)) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(old,
                                                    ": the journal of an earlier version, which this one "
                                                    "does not read; move it away to begin anew (pictures "
                                                    "that are still in the folder are then scored again)"));
}

// What is in the folder now and will not be scored.
void SayWhatIsPassedOver(const Flags& flags, const Context& context) {
  constexpr size_t kNamed = 20;
  const absl::StatusOr<FolderListing> listing = ListFolder(flags.folder);
  if (listing.ok()) {
    PassedOver others;
    others.others = listing->passed_over.others;
    // Its own.
    std::error_code error;
    const auto csv = others.others.find(".csv");
    if (flags.csv.empty() && std::filesystem::exists(In(flags, kCsvName), error) && csv != others.others.end() && --csv->second == 0) {
      others.others.erase(csv);
    }
    Remark(context, flags.category, Describe(others));
    if (listing->passed_over.below > 0) {
      const int below = listing->passed_over.below;
      Remark(context, flags.category,
             absl::StrCat(below, below == 1 ? " picture" : " pictures", " in sub-folders (", listing->passed_over.first_sub_folder,
                          ", ...) passed over: each folder has its own watch"));
    }
  }
  const absl::StatusOr<std::vector<std::string>> no_files = ListNoFiles(flags.folder);
  if (!no_files.ok()) return;
  for (size_t i = 0; i < std::min(no_files->size(), kNamed); ++i) {
    Remark(context, flags.category, absl::StrCat((*no_files)[i], ": no file (a dead link, a socket or the like); passed over"));
  }
}

absl::StatusOr<int> Run(const Flags& flags, const Context& context) {
  const absl::StatusOr<std::vector<PictureFile>> files = ListPictureFiles(flags.folder);
  if (!files.ok()) return files.status();
  absl::StatusOr<Client> client = flags.connection.Connect(context);
  if (!client.ok()) return client.status();
  // What is wrong from the start is said at once; a server that is not there yet is waited for.
  const absl::Status known = client->GetCategory(flags.category).status();
  if (!known.ok() && FaultOf(known) != Fault::kPassing) return known;
  if (const absl::Status old = CheckForOldJournal(flags); !old.ok()) return old;
  const absl::StatusOr<std::unique_ptr<Ledger>> ledger = Ledger::Open(LedgerFor(flags));
  if (!ledger.ok()) return ledger.status();
  SayWhatIsPassedOver(flags, context);
  const std::unique_ptr<Interrupt> interrupt = context.listen_for_interrupt();
  WatchLoop loop(LoopFor(flags), context, &*client, ledger->get(), interrupt.get());
  const absl::StatusOr<int> code = loop.Run();
  *context.terminal.err << loop.Summary() << '\n';
  return code;
}

}  // namespace

Command AddWatch(CLI::App* app, const Context& context) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app->add_subcommand("watch", "Score what arrives in a folder, until Ctrl-C");
  command->add_option("FOLDER", flags->folder, "Where pictures arrive")->required()->type_name("");
  command->add_option("CATEGORY", flags->category, "Name of the category")->required()->type_name("");
  command->add_option("--csv", flags->csv, "File to append to (default: FOLDER/scores.csv)")
      ->type_name("FILE");
  command->add_flag("--for-spreadsheet", flags->for_spreadsheet,
                    "No cell of its new rows counts as a formula, and other separators are quoted");
  CLI::Option* move =
      command->add_option("--move", flags->move, "Move each picture to DIR/OK, REVIEW, NOK or ERROR")
          ->type_name("DIR");
  command->add_option("--link", flags->link, "Leave it and put a symbolic link there")
      ->type_name("DIR")
      ->excludes(move);
  command
      ->add_option("--journal", flags->journal,
                   "What it has done, to go on after a restart (default: FOLDER/.mlfsc-watch)")
      ->type_name("FILE");
  command->add_option("--version", flags->version, "Version that answers (default: the active one)")
      ->check(VersionNumber())
      ->type_name("NUMBER");
  command->add_option("--interval", flags->interval_seconds, "Between two looks at the folder")
      ->check(CLI::Range(0.01, 3600.0).description(""))
      ->type_name("SECONDS")
      ->capture_default_str();
  command
      ->add_option("--settle", flags->settle_seconds,
                   "A picture is whole when nobody writes to it and it has not changed for this long")
      ->check(CLI::Range(0.0, 3600.0).description(""))
      ->type_name("SECONDS")
      ->capture_default_str();
  command->add_flag("--once", flags->once, "End when everything that is there has been scored");
  AddPatienceFlag(command, &flags->patience_seconds,
                  "With --once: how long a server that does not answer is waited for");
  command->add_flag("--quiet", flags->quiet, "No line a picture");
  AddReadingFlags(command, &flags->reading);
  AddJobsFlag(command, &flags->jobs);
  flags->connection.AddTo(command);
  command->footer(
      "Each content of each picture is scored once, also when this is stopped or crashes and is started "
      "again,\n"
      "and when several watch a folder: those of one category share the pictures, those of different ones "
      "each\n"
      "score all (with --move the first one takes a picture away from the others). Written anew under the "
      "same\n"
      "name, a picture is another one. One that looks cut short or cannot be read gets a second chance after "
      "ten\n"
      "times --settle, then a row. Whatever the server cannot score for reasons of its own waits.\n\n"
      "Exit code: 0; 1 when somebody must act (a full disk, no such category, no right to it); 3 when --once "
      "ran\n"
      "out of patience.\n\n"
      "Examples:\n"
      "  mlfsc watch /var/spool/camera carpet\n"
      "  mlfsc watch /var/spool/camera carpet --move sorted --csv shift.csv\n"
      "  mlfsc watch today carpet --once --link by-verdict");
  return {command, [flags, &context] { return Run(*flags, context); }};
}

}  // namespace mlfsc::client
