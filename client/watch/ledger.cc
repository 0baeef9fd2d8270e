#include "client/watch/ledger.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"

namespace mlfsc::client {
namespace {

class File {
 public:
  explicit File(const std::string& path) : file_(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {}
  ~File() {
    if (file_ >= 0) close(file_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool ok() const { return file_ >= 0; }
  int get() const { return file_; }

 private:
  const int file_;
};

absl::StatusOr<int64_t> SizeOf(const std::string& path) {
  struct stat status = {};
  if (stat(path.c_str(), &status) == 0) return static_cast<int64_t>(status.st_size);
  if (errno == ENOENT) return 0;
  return absl::ErrnoToStatus(errno, path);
}

// Puts `row` at `at`, unless it is there. A file that has become shorter was begun anew by somebody: the row
// goes to its end. One that has something else there was changed by hand, and is left alone.
absl::Status WriteRow(const std::string& path, const std::string& row, int64_t at) {
  const File file(path);
  if (!file.ok()) return absl::ErrnoToStatus(errno, path);
  struct stat status = {};
  if (fstat(file.get(), &status) != 0) return absl::ErrnoToStatus(errno, path);
  at = std::min<int64_t>(at, status.st_size);
  std::string there(std::min<int64_t>(static_cast<int64_t>(row.size()), status.st_size - at), '\0');
  if (pread(file.get(), there.data(), there.size(), at) != static_cast<ssize_t>(there.size())) {
    return absl::DataLossError(absl::StrCat(path, ": cannot be read"));
  }
  if (row.compare(0, there.size(), there) != 0) return absl::OkStatus();
  size_t written = there.size();
  while (written < row.size()) {
    const ssize_t count =
        pwrite(file.get(), row.data() + written, row.size() - written, at + static_cast<off_t>(written));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return absl::ErrnoToStatus(errno, path);
    written += static_cast<size_t>(count);
  }
  if (fdatasync(file.get()) != 0) return absl::ErrnoToStatus(errno, path);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Ledger>> Ledger::Open(const LedgerOptions& options) {
  absl::StatusOr<std::unique_ptr<Journal>> journal = Journal::Open(options.journal);
  if (!journal.ok()) return journal.status();
  std::unique_ptr<Ledger> ledger(new Ledger(options, *std::move(journal)));
  const std::vector<JournalRecord>& found = ledger->journal_->found();
  for (const JournalRecord& record : found) ledger->records_[record.file.name] = record;
  if (!found.empty() && !found.back().finished) {
    ledger->unfinished_ = found.back();
    const absl::Status finished = ledger->FinishLast();
    if (!finished.ok()) return finished;
  }
  const absl::Status shrunk = ledger->Shrink();
  if (!shrunk.ok()) return shrunk;
  return ledger;
}

Ledger::~Ledger() {
  // A record that could not be finished stays for the next start.
  if (!unfinished_.has_value()) Shrink().IgnoreError();
}

std::string Ledger::PathOf(const PictureFile& file) const {
  return (std::filesystem::path(options_.folder) / file.name).string();
}

bool Ledger::Knows(const PictureFile& file) const {
  const auto found = records_.find(file.name);
  return found != records_.end() && found->second.file == file;
}

absl::Status Ledger::Record(const PictureFile& file, const std::string& group,
                            const std::function<std::string(const std::string& placed)>& row) {
  const absl::Status last = FinishLast();
  if (!last.ok()) return last;
  const absl::StatusOr<int64_t> end = SizeOf(options_.csv);
  if (!end.ok()) return end.status();
  JournalRecord record;
  record.file = file;
  record.row_at = *end;
  record.target = ChooseTarget(options_.placement, group, file.name);
  record.row = absl::StrCat(*end == 0 ? options_.csv_heading + "\n" : "",
                            row(record.target.empty() ? PathOf(file) : record.target), "\n");
  const absl::Status appended = journal_->Append(record);
  if (!appended.ok()) return appended;
  records_[file.name] = record;
  ++appended_;
  unfinished_ = record;
  const absl::Status finished = FinishLast();
  if (!finished.ok()) return finished;
  // A picture that was moved cannot come again by itself.
  if (options_.placement.kind == PlacementKind::kMove) records_.erase(file.name);
  if (appended_ >= std::max<int64_t>(options_.shrink_after, 2 * static_cast<int64_t>(records_.size()))) {
    return Shrink();
  }
  return absl::OkStatus();
}

absl::Status Ledger::FinishLast() {
  if (!unfinished_.has_value()) return absl::OkStatus();
  const absl::Status finished = Finish(*unfinished_);
  if (finished.ok()) unfinished_.reset();
  return finished;
}

absl::Status Ledger::Finish(const JournalRecord& record) {
  const absl::Status written = WriteRow(options_.csv, record.row, record.row_at);
  if (!written.ok()) return written;
  // A picture written anew under the same name since then is not the one that was scored.
  const std::string path = PathOf(record.file);
  struct stat status = {};
  if (stat(path.c_str(), &status) != 0) return absl::OkStatus();
  const int64_t time_ns = static_cast<int64_t>(status.st_mtim.tv_sec) * 1000000000 + status.st_mtim.tv_nsec;
  if (status.st_size != record.file.size || time_ns != record.file.time_ns) return absl::OkStatus();
  return Place(options_.placement.kind, path, record.target);
}

absl::Status Ledger::Shrink() {
  const absl::StatusOr<std::vector<PictureFile>> files = ListPictureFiles(options_.folder);
  if (!files.ok()) return files.status();
  std::map<std::string, JournalRecord> kept;
  std::vector<JournalRecord> records;
  for (const PictureFile& file : *files) {
    if (!Knows(file)) continue;
    records.push_back(records_[file.name]);
    records.back().finished = true;
    kept.emplace(file.name, records.back());
  }
  records_ = std::move(kept);
  appended_ = 0;
  return journal_->Rewrite(records);
}

}  // namespace mlfsc::client
