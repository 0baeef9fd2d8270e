#include "client/commands/watch_loop.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/commands/csv.h"
#include "client/commands/option_names.h"
#include "client/commands/patience.h"
#include "client/commands/times.h"
#include "client/commands/verdict_cell.h"
#include "client/fault.h"
#include "client/watch/wholeness.h"
#include "core/base/retry_hint.h"

namespace mlfsc::client {
namespace {

constexpr char kErrorGroup[] = "ERROR";
// While the server is away, or cannot score a picture: the pause doubles up to this.
constexpr absl::Duration kLongestPause = absl::Seconds(30);

absl::Duration NextPause(absl::Duration pause) {
  return std::min(kLongestPause, std::max(absl::Seconds(1), pause * 2));
}

// Whether a file that could not be read is at fault itself, and not the disk or the network it is on.
bool IsAboutTheFile(const absl::Status& error) {
  return absl::IsInvalidArgument(error) || absl::IsPermissionDenied(error);
}

}  // namespace

WatchLoop::WatchLoop(const WatchOptions& options, const Context& context, Client* client, Ledger* ledger,
                     const Interrupt* interrupt)
    : options_(options),
      context_(context),
      client_(client),
      interrupt_(interrupt),
      writers_(options.folder),
      threads_(options.jobs - 1),
      ledger_(ledger),
      arrivals_(options.settle),
      live_(context.terminal),
      progress_at_(context.clock->Now()) {}

absl::StatusOr<int> WatchLoop::Run() {
  while (!interrupt_->Requested()) {
    BeginRound();
    const absl::Status looked = LookAndScore();
    if (!looked.ok() && options_.once) return looked;
    const absl::Status failed = EndOfRound(looked);
    if (!failed.ok()) return failed;
    if (options_.once) {
      if (NothingLeft()) break;
      const std::string left = OutOfPatience();
      if (!left.empty()) {
        *context_.terminal.err << "mlfsc: " << left << '\n';
        return kExitIncomplete;
      }
    }
    Draw(0);
    Pause();
  }
  return kExitOk;
}

std::string WatchLoop::Summary() {
  MutexLock lock(&mutex_);
  live_.Clear();
  return SummaryLocked();
}

std::string WatchLoop::SummaryLocked() const {
  return absl::StrCat(Total(), Total() == 1 ? " picture: " : " pictures: ", counts_[v1::OK], " OK, ",
                      counts_[v1::REVIEW], " REVIEW, ", counts_[v1::NOK], " NOK, ", counts_[0],
                      " unreadable");
}

int64_t WatchLoop::Total() const {
  return counts_[0] + counts_[v1::OK] + counts_[v1::REVIEW] + counts_[v1::NOK];
}

void WatchLoop::BeginRound() {
  writers_.Update();
  MutexLock lock(&mutex_);
  round_ = absl::OkStatus();
  again_ = 0;
}

absl::Status WatchLoop::LookAndScore() {
  const absl::StatusOr<std::vector<PictureFile>> files = ListPictureFiles(options_.folder);
  if (!files.ok()) return files.status();
  std::vector<PictureFile> due;
  {
    MutexLock lock(&mutex_);
    const absl::Status updated = ledger_->Update(*files);
    (absl::IsUnavailable(updated) ? round_ : fatal_).Update(updated);
    const absl::Time date = context_.clock->WallNow();
    const std::vector<PictureFile> whole = arrivals_.Poll(
        *files, context_.clock->Now(),
        [&](const PictureFile& file) ABSL_NO_THREAD_SAFETY_ANALYSIS { return ledger_->Knows(file, date); },
        [this](const PictureFile& file) { return writers_.Of(file.name) == Writing::kYes; });
    due = Due(whole);
    again_ = static_cast<int>(whole.size() - due.size());
  }
  Draw(static_cast<int>(due.size()));
  threads_.ParallelFor(static_cast<int64_t>(due.size()),
                       [&](int64_t i) { Inspect(due[static_cast<size_t>(i)]); });
  return absl::OkStatus();
}

std::vector<PictureFile> WatchLoop::Due(const std::vector<PictureFile>& files) {
  std::map<std::string, Retry> retries;
  std::vector<PictureFile> due;
  for (const PictureFile& file : files) {
    const auto retry = retries_.find(file.name);
    const bool is_retry = retry != retries_.end() && retry->second.file == file;
    if (is_retry) retries.insert(*retry);
    if (!is_retry || retry->second.not_before <= context_.clock->Now()) due.push_back(file);
  }
  retries_ = std::move(retries);
  return due;
}

void WatchLoop::Inspect(const PictureFile& file) {
  if (!Claim(file)) return;
  InspectClaimed(file);
  MutexLock lock(&mutex_);
  ledger_->Release(file);
}

bool WatchLoop::Claim(const PictureFile& file) {
  MutexLock lock(&mutex_);
  if (!round_.ok() || !fatal_.ok() || interrupt_->Requested()) return false;
  const absl::StatusOr<bool> claimed = ledger_->Claim(file, context_.clock->WallNow());
  (absl::IsUnavailable(claimed.status()) ? round_ : fatal_).Update(claimed.status());
  if (!claimed.ok()) return false;
  if (!*claimed) ++again_;
  return *claimed;
}

void WatchLoop::InspectClaimed(const PictureFile& file) {
  const absl::Time read_at = context_.clock->WallNow();
  const std::string path = (std::filesystem::path(options_.folder) / file.name).string();
  absl::StatusOr<v1::Picture> picture = ReadPicture(path, options_.reading);
  if (!(LookAt(options_.folder, file.name) == file)) {
    // Taken away, or written to while it was read: what is there now comes by itself.
    MutexLock lock(&mutex_);
    ++again_;
    return;
  }
  const absl::Status read = picture.status();
  if (!read.ok()) {
    if (!IsAboutTheFile(read)) return TryLater(file, read);
    if (!Defer(file)) Record({file, "", read_at}, read);
    return;
  }
  const bool closed = writers_.Of(file.name) == Writing::kNo;
  if (!MayLackItsEnd(picture->encoded(), closed).empty() && Defer(file)) return;
  const std::string hash = HashOf(picture->encoded());
  const absl::StatusOr<v1::Inspection> inspection =
      client_->Score(options_.category, *std::move(picture), options_.version);
  if (!inspection.ok()) {
    if (FaultOf(inspection.status()) != Fault::kPicture) return Fail(file, inspection.status());
    if (Defer(file)) return;
  }
  Record({file, hash, read_at}, inspection);
}

bool WatchLoop::Defer(const PictureFile& file) {
  MutexLock lock(&mutex_);
  if (!arrivals_.Defer(file)) return false;
  ++again_;
  return true;
}

void WatchLoop::Fail(const PictureFile& file, const absl::Status& error) {
  if (FaultOf(error) == Fault::kPassing && !absl::IsUnavailable(error)) return TryLater(file, error);
  MutexLock lock(&mutex_);
  (absl::IsUnavailable(error) ? round_ : fatal_).Update(error);
}

void WatchLoop::TryLater(const PictureFile& file, const absl::Status& error) {
  MutexLock lock(&mutex_);
  ++again_;
  Retry& retry = retries_[file.name];
  const std::string why(error.message());
  if (!(retry.file == file) || retry.why != why) {
    Say(absl::StrCat(file.name, " waits: ", why.empty() ? absl::StatusCodeToString(error.code()) : why));
  }
  const absl::Duration pause = std::max(NextPause(retry.file == file ? retry.pause : absl::ZeroDuration()),
                                        RetryDelay(error).value_or(absl::ZeroDuration()));
  retry = {file, context_.clock->Now() + pause, pause, why};
}

void WatchLoop::Record(const ReadPictureFile& picture, const absl::StatusOr<v1::Inspection>& inspection) {
  MutexLock lock(&mutex_);
  const absl::Time now = context_.clock->WallNow();
  const std::string verdict = inspection.ok() ? Name(inspection->verdict()) : "";
  const absl::Status recorded =
      ledger_->Record(picture, verdict.empty() ? kErrorGroup : verdict,
                      absl::StrCat(FormatUtc(now), ",", CsvPath(picture.file.name, options_.csv_reader), ","),
                      absl::StrCat(",", CsvFields(inspection, options_.csv_reader)));
  if (!recorded.ok()) {
    (absl::IsUnavailable(recorded) ? round_ : fatal_).Update(recorded);
    return;
  }
  retries_.erase(picture.file.name);
  progress_at_ = context_.clock->Now();
  ++counts_[inspection.ok() ? static_cast<size_t>(inspection->verdict()) : 0];
  Report(now, picture.file, inspection);
}

void WatchLoop::Report(absl::Time now, const PictureFile& file,
                       const absl::StatusOr<v1::Inspection>& inspection) {
  if (!inspection.ok()) return Say(absl::StrCat(file.name, ": ", inspection.status().message()));
  if (notices_.Add(file.name, inspection->notice())) {
    Say(absl::StrCat("warning: ", file.name, ": ", inspection->notice(), " (--bit-depth)"));
  }
  live_.Clear();
  if (options_.quiet) return;
  const Cell verdict = VerdictCell(inspection->verdict());
  *context_.terminal.out << absl::FormatTime("%H:%M:%S", now, absl::LocalTimeZone()) << "  "
                         << Paint(context_.terminal, verdict.color, absl::StrFormat("%-6s", verdict.text))
                         << absl::StreamFormat("  %.3f  ", inspection->normalized_score())
                         << Printable(file.name) << std::endl;
}

bool WatchLoop::NothingLeft() {
  MutexLock lock(&mutex_);
  return arrivals_.pending() == 0 && round_.ok() && again_ == 0;
}

// A full disk ends it; a server or a network folder (`looked`) that is away does not.
absl::Status WatchLoop::EndOfRound(const absl::Status& looked) {
  MutexLock lock(&mutex_);
  round_.Update(looked);
  if (!fatal_.ok()) return fatal_;
  if (round_.message() != away_.message()) {
    Say(round_.ok() ? std::string("going on") : absl::StrCat("waiting: ", round_.message()));
  }
  pause_ = round_.ok() ? options_.interval : NextPause(pause_);
  away_ = round_;
  return absl::OkStatus();
}

void WatchLoop::Say(const std::string& words) {
  live_.Clear();
  *context_.terminal.err << "mlfsc: " << Printable(words) << std::endl;
}

std::string WatchLoop::OutOfPatience() {
  MutexLock lock(&mutex_);
  const bool blocked = !away_.ok() || !retries_.empty();
  if (!blocked || context_.clock->Now() - progress_at_ < options_.patience) return "";
  const std::string why = away_.ok() ? retries_.begin()->second.why : std::string(away_.message());
  return absl::StrCat("gave up after ", absl::FormatDuration(options_.patience),
                      " without an answer; what is not scored stays as it is: ", Printable(why));
}

void WatchLoop::Pause() {
  Mutex sleeping;
  MutexLock lock(&sleeping);
  absl::Time wake;
  {
    MutexLock pause(&mutex_);
    wake = context_.clock->Now() + pause_;
  }
  while (context_.clock->Now() < wake && !interrupt_->Requested()) {
    // In pieces, so that a wish to end is seen.
    context_.clock->WaitUntil(&sleeping, std::min(wake, context_.clock->Now() + absl::Milliseconds(200)));
  }
}

void WatchLoop::Draw(int ready) {
  MutexLock lock(&mutex_);
  live_.Draw(
      {absl::StrCat("watching ", Printable(options_.folder), "  ", SummaryLocked(), ", ",
                    ready + arrivals_.pending(), " waiting", away_.ok() ? "" : ", server or folder away")});
}

}  // namespace mlfsc::client
