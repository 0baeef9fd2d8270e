#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/commands/commands.h"
#include "client/commands/connection_flags.h"
#include "client/commands/csv.h"
#include "client/commands/in_flight.h"
#include "client/commands/option_names.h"
#include "client/commands/picture_flags.h"
#include "client/commands/picture_notices.h"
#include "client/commands/reading_flags.h"
#include "client/commands/times.h"
#include "client/commands/verdict_cell.h"
#include "client/commands/version_number.h"
#include "client/pictures/picture_file.h"
#include "client/terminal/live_block.h"
#include "client/watch/arrivals.h"
#include "client/watch/ledger.h"
#include "core/base/mutex.h"
#include "core/base/thread_pool.h"

namespace mlfsc::client {
namespace {

constexpr char kErrorGroup[] = "ERROR";
// While the server is away: the pause doubles from the interval up to this.
constexpr absl::Duration kLongestPause = absl::Seconds(30);

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
  bool once = false;
  bool quiet = false;
};

LedgerOptions LedgerFor(const Flags& flags) {
  const std::filesystem::path folder(flags.folder);
  LedgerOptions options;
  options.folder = flags.folder;
  options.csv = flags.csv.empty() ? (folder / "scores.csv").string() : flags.csv;
  options.csv_heading = absl::StrCat("time,picture,placed,", CsvHeading());
  options.journal = flags.journal.empty() ? (folder / absl::StrCat(".mlfsc-watch-", flags.category)).string()
                                          : flags.journal;
  if (!flags.move.empty()) options.placement = {PlacementKind::kMove, flags.move};
  if (!flags.link.empty()) options.placement = {PlacementKind::kLink, flags.link};
  return options;
}

// Scores what arrives until it is told to end.
class Watch {
 public:
  Watch(const Flags& flags, const Context& context, Client* client, Ledger* ledger,
        const Interrupt* interrupt)
      : flags_(flags),
        context_(context),
        client_(client),
        ledger_(ledger),
        interrupt_(interrupt),
        arrivals_(absl::Seconds(flags.settle_seconds)),
        threads_(flags.jobs - 1),
        live_(context.terminal) {}

  absl::Status Run() {
    while (!interrupt_->Requested()) {
      BeginRound();
      const absl::Status looked = LookAndScore();
      if (!looked.ok() && flags_.once) return looked;
      const absl::Status failed = EndOfRound(looked);
      if (!failed.ok()) return failed;
      if (flags_.once && NothingLeft()) break;
      Draw(0);
      Pause();
    }
    return absl::OkStatus();
  }

  std::string Summary() {
    MutexLock lock(&mutex_);
    return SummaryLocked();
  }

 private:
  std::string SummaryLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return absl::StrCat(Total(), Total() == 1 ? " picture: " : " pictures: ", counts_[v1::OK], " OK, ",
                        counts_[v1::REVIEW], " REVIEW, ", counts_[v1::NOK], " NOK, ", counts_[0],
                        " unreadable");
  }

  int64_t Total() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return counts_[0] + counts_[v1::OK] + counts_[v1::REVIEW] + counts_[v1::NOK];
  }

  void Inspect(const PictureFile& file) {
    {
      MutexLock lock(&mutex_);
      if (!round_.ok() || !fatal_.ok() || interrupt_->Requested()) return;
    }
    const std::string path = (std::filesystem::path(flags_.folder) / file.name).string();
    absl::StatusOr<v1::Picture> picture = ReadPicture(path, flags_.reading);
    const absl::Status read = picture.status();
    absl::StatusOr<v1::Inspection> inspection =
        read.ok() ? client_->Score(flags_.category, *std::move(picture), flags_.version) : read;
    MutexLock lock(&mutex_);
    // Taken away before it was read: nothing to record.
    if (absl::IsNotFound(read)) return;
    if (read.ok() && !inspection.ok() && !IsAboutThePicture(inspection.status())) {
      round_.Update(inspection.status());
      return;
    }
    if (!inspection.ok() && arrivals_.Defer(file)) {
      ++deferred_;
      return;
    }
    Record(file, inspection);
  }

  void Record(const PictureFile& file, const absl::StatusOr<v1::Inspection>& inspection)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const absl::Time now = context_.clock->WallNow();
    const std::string verdict = inspection.ok() ? Name(inspection->verdict()) : "";
    const std::string group = verdict.empty() ? kErrorGroup : verdict;
    const absl::Status recorded = ledger_->Record(file, group, [&](const std::string& placed) {
      return absl::StrCat(FormatUtc(now), ",", CsvField(file.name), ",", CsvField(placed), ",",
                          CsvFields(inspection));
    });
    if (!recorded.ok()) {
      fatal_.Update(recorded);
      return;
    }
    ++counts_[inspection.ok() ? static_cast<size_t>(inspection->verdict()) : 0];
    Report(now, file, inspection);
  }

  void Report(absl::Time now, const PictureFile& file, const absl::StatusOr<v1::Inspection>& inspection)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    live_.Clear();
    if (!inspection.ok()) {
      *context_.terminal.err << "mlfsc: " << file.name << ": " << Printable(inspection.status().message())
                             << '\n';
      return;
    }
    if (notices_.Add(file.name, inspection->notice())) {
      *context_.terminal.err << "mlfsc: warning: " << file.name << ": " << Printable(inspection->notice())
                             << " (--bit-depth)\n";
    }
    if (flags_.quiet) return;
    const Cell verdict = VerdictCell(inspection->verdict());
    *context_.terminal.out << absl::FormatTime("%H:%M:%S", now, absl::LocalTimeZone()) << "  "
                           << Paint(context_.terminal, verdict.color, absl::StrFormat("%-6s", verdict.text))
                           << absl::StreamFormat("  %.3f  ", inspection->normalized_score()) << file.name
                           << std::endl;
  }

  // An error: the folder cannot be read.
  absl::Status LookAndScore() {
    const absl::StatusOr<std::vector<PictureFile>> files = ListPictureFiles(flags_.folder);
    if (!files.ok()) return files.status();
    const std::vector<PictureFile> whole = arrivals_.Poll(
        *files, context_.clock->Now(), [this](const PictureFile& file) { return ledger_->Knows(file); });
    Draw(static_cast<int>(whole.size()));
    threads_.ParallelFor(static_cast<int64_t>(whole.size()),
                         [&](int64_t i) { Inspect(whole[static_cast<size_t>(i)]); });
    return absl::OkStatus();
  }

  void BeginRound() {
    MutexLock lock(&mutex_);
    round_ = absl::OkStatus();
    deferred_ = 0;
  }

  bool NothingLeft() {
    MutexLock lock(&mutex_);
    return arrivals_.pending() == 0 && round_.ok() && deferred_ == 0;
  }

  // A full disk ends it; a server or a network folder (`looked`) that is away does not.
  absl::Status EndOfRound(const absl::Status& looked) {
    MutexLock lock(&mutex_);
    round_.Update(looked);
    if (!fatal_.ok()) return fatal_;
    if (round_.message() != away_.message()) {
      live_.Clear();
      *context_.terminal.err << (round_.ok() ? std::string("mlfsc: going on")
                                             : absl::StrCat("mlfsc: waiting: ", round_.message()))
                             << std::endl;
    }
    pause_ = round_.ok() ? absl::Seconds(flags_.interval_seconds)
                         : std::min(kLongestPause, std::max(absl::Seconds(1), pause_ * 2));
    away_ = round_;
    return absl::OkStatus();
  }

  void Pause() {
    Mutex sleeping;
    MutexLock lock(&sleeping);
    const absl::Time wake = context_.clock->Now() + pause_;
    while (context_.clock->Now() < wake && !interrupt_->Requested()) {
      // In pieces, so that a wish to end is seen.
      context_.clock->WaitUntil(&sleeping, std::min(wake, context_.clock->Now() + absl::Milliseconds(200)));
    }
  }

  void Draw(int ready) {
    MutexLock lock(&mutex_);
    live_.Draw(
        {absl::StrCat("watching ", flags_.folder, "  ", SummaryLocked(), ", ", ready + arrivals_.pending(),
                      " waiting", away_.ok() ? "" : ", server or folder away")});
  }

  const Flags& flags_;
  const Context& context_;
  Client* const client_;
  Ledger* const ledger_;
  const Interrupt* const interrupt_;
  Arrivals arrivals_;
  ThreadPool threads_;
  Mutex mutex_;
  LiveBlock live_ ABSL_GUARDED_BY(mutex_);
  // Why this round's pictures have no answer; why the last one's had none.
  absl::Status round_ ABSL_GUARDED_BY(mutex_);
  absl::Status away_ ABSL_GUARDED_BY(mutex_);
  absl::Status fatal_ ABSL_GUARDED_BY(mutex_);
  // Each is said once.
  PictureNotices notices_;
  absl::Duration pause_;
  // By verdict; 0 for pictures that could not be read.
  std::array<int64_t, v1::Verdict_ARRAYSIZE> counts_ ABSL_GUARDED_BY(mutex_) = {};
  // Of this round: to be tried again.
  int deferred_ ABSL_GUARDED_BY(mutex_) = 0;
};

absl::StatusOr<int> Run(const Flags& flags, const Context& context) {
  const absl::StatusOr<std::vector<PictureFile>> files = ListPictureFiles(flags.folder);
  if (!files.ok()) return files.status();
  absl::StatusOr<Client> client = flags.connection.Connect(context);
  if (!client.ok()) return client.status();
  // What is wrong from the start is said at once; a server that is not there yet is waited for.
  const absl::Status known = client->GetCategory(flags.category).status();
  if (!known.ok() && !absl::IsUnavailable(known)) return known;
  const absl::StatusOr<std::unique_ptr<Ledger>> ledger = Ledger::Open(LedgerFor(flags));
  if (!ledger.ok()) return ledger.status();
  const std::unique_ptr<Interrupt> interrupt = context.listen_for_interrupt();
  std::string summary;
  {
    Watch watch(flags, context, &*client, ledger->get(), interrupt.get());
    const absl::Status ended = watch.Run();
    if (!ended.ok()) return ended;
    summary = watch.Summary();
  }
  *context.terminal.err << summary << '\n';
  return kExitOk;
}

}  // namespace

Command AddWatch(CLI::App* app, const Context& context) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app->add_subcommand("watch", "Score what arrives in a folder, until Ctrl-C");
  command->add_option("FOLDER", flags->folder, "Where pictures arrive")->required()->type_name("");
  command->add_option("CATEGORY", flags->category, "Name of the category")->required()->type_name("");
  command->add_option("--csv", flags->csv, "File to append to (default: FOLDER/scores.csv)")
      ->type_name("FILE");
  CLI::Option* move =
      command->add_option("--move", flags->move, "Move each picture to DIR/OK, REVIEW, NOK or ERROR")
          ->type_name("DIR");
  command->add_option("--link", flags->link, "Leave it and put a symbolic link there")
      ->type_name("DIR")
      ->excludes(move);
  command
      ->add_option("--journal", flags->journal,
                   "What it has done, to go on after a restart (default: FOLDER/.mlfsc-watch-CATEGORY)")
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
                   "A picture is whole when it has not changed for this long")
      ->check(CLI::Range(0.0, 3600.0).description(""))
      ->type_name("SECONDS")
      ->capture_default_str();
  command->add_flag("--once", flags->once, "End when everything that is there has been scored");
  command->add_flag("--quiet", flags->quiet, "No line a picture");
  AddReadingFlags(command, &flags->reading);
  AddJobsFlag(command, &flags->jobs);
  flags->connection.AddTo(command);
  command->footer(
      "A picture is scored once, also when this is stopped or crashes and is started again; written anew "
      "under\n"
      "the same name it is another picture. One that cannot be read gets a second chance, then a row with "
      "the\n"
      "error. While the server is away pictures wait.\n\n"
      "Examples:\n"
      "  mlfsc watch /var/spool/camera carpet\n"
      "  mlfsc watch /var/spool/camera carpet --move sorted --csv shift.csv\n"
      "  mlfsc watch today carpet --once --link by-verdict");
  return {command, [flags, &context] { return Run(*flags, context); }};
}

}  // namespace mlfsc::client
