#include "client/watch/ledger.h"

#include <filesystem>
#include <optional>
#include <set>

#include <openssl/sha.h>

#include "absl/strings/str_cat.h"
#include "client/pictures/picture_file.h"

namespace mlfsc::client {
namespace {

namespace fs = std::filesystem;

// What tells `folder` from others that share its journal; nothing when that lies in the folder itself, so
// that both may be moved.
std::string NameOfFolder(const std::string& folder, const std::string& journal) {
  std::error_code error;
  const fs::path beside = fs::absolute(journal, error).parent_path();
  if (fs::equivalent(folder, beside, error)) return "";
  return fs::canonical(folder, error).string();
}

}  // namespace

std::string HashOf(absl::string_view bytes) {
  std::string hash(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
         reinterpret_cast<unsigned char*>(hash.data()));
  return hash;
}

absl::StatusOr<std::unique_ptr<Ledger>> Ledger::Open(const LedgerOptions& options) {
  absl::StatusOr<std::unique_ptr<Claims>> claims = Claims::Open(options.journal + ".claims");
  if (!claims.ok()) return claims.status();
  absl::StatusOr<std::unique_ptr<Journal>> journal =
      Journal::Open(options.journal, NameOfFolder(options.folder, options.journal), options.category);
  if (!journal.ok()) return journal.status();
  LedgerOptions absolute = options;
  std::error_code error;
  absolute.csv = fs::absolute(options.csv, error).string();
  return std::unique_ptr<Ledger>(new Ledger(absolute, *std::move(journal), *std::move(claims)));
}

std::string Ledger::ClaimOf(const std::string& name) const {
  return absl::StrCat(options_.category, "/", name);
}

absl::Status Ledger::TakeNews() {
  const absl::StatusOr<std::vector<JournalEntry>> news = journal_->News();
  if (!news.ok()) return news.status();
  for (const JournalEntry& entry : *news) {
    known_[entry.file.name] = {entry.file, entry.hash, entry.sure && !HasCoarseTimes(entry.file)};
  }
  return absl::OkStatus();
}

absl::Status Ledger::Update(const std::vector<PictureFile>& there) {
  if (const absl::Status taken = TakeNews(); !taken.ok()) return taken;
  const absl::StatusOr<std::vector<JournalEntry>> unfinished = journal_->Unfinished();
  if (!unfinished.ok()) return unfinished.status();
  for (const JournalEntry& entry : *unfinished) {
    // One that lives is at it.
    if (!claims_->Take(ClaimOf(entry.file.name))) continue;
    const absl::Status finished = FinishIfLeft(entry.file.name);
    Release(entry.file);
    if (!finished.ok()) return finished;
  }
  // An empty folder may be one that is not mounted.
  if (there.empty() || known_.size() <= 2 * there.size() + options_.forget_after) return absl::OkStatus();
  std::set<std::string> names;
  for (const PictureFile& file : there) names.insert(file.name);
  for (auto known = known_.begin(); known != known_.end();) {
    if (names.count(known->first) > 0) {
      ++known;
      continue;
    }
    if (const absl::Status forgotten = journal_->Forget(known->first); !forgotten.ok()) return forgotten;
    known = known_.erase(known);
  }
  return absl::OkStatus();
}

bool Ledger::Knows(const PictureFile& file, absl::Time now) {
  const auto found = known_.find(file.name);
  if (found == known_.end()) return false;
  Known& known = found->second;
  const Content content = Compare(known.file, known.sure, file);
  if (content != Content::kOpen) return content == Content::kSame;
  const absl::StatusOr<v1::Picture> picture = ReadPicture((fs::path(options_.folder) / file.name).string());
  // One that could not be read had no hash, and cannot be read now.
  if ((picture.ok() ? HashOf(picture->encoded()) : "") != known.hash) return false;
  if (!(LookAt(options_.folder, file.name) == file)) return false;
  const bool sure = IsSure(file, now);
  if (!(known.file == file) || sure) journal_->PutStamp(file, sure).IgnoreError();
  known.file = file;
  known.sure = sure;
  return true;
}

absl::StatusOr<bool> Ledger::Claim(const PictureFile& file, absl::Time now) {
  if (!claims_->Take(ClaimOf(file.name))) return false;
  absl::Status status = TakeNews();
  if (status.ok()) status = FinishIfLeft(file.name);
  if (status.ok() && !Knows(file, now)) return true;
  Release(file);
  if (!status.ok()) return status;
  return false;
}

absl::Status Ledger::FinishIfLeft(const std::string& name) {
  const absl::StatusOr<std::optional<JournalEntry>> entry = journal_->Find(name);
  if (!entry.ok()) return entry.status();
  if (!entry->has_value() || (*entry)->finished) return absl::OkStatus();
  return Finish(**entry, /*again=*/true);
}

absl::Status Ledger::Record(const ReadPictureFile& picture, const std::string& group,
                            const std::string& row_before, const std::string& row_after) {
  JournalEntry entry;
  {
    // What cannot be written is said before anything is recorded.
    const absl::StatusOr<std::unique_ptr<CsvFile>> csv = OpenCsv(options_.csv);
    if (!csv.ok()) return csv.status();
    entry.row_from = (*csv)->size();
  }
  entry.file = picture.file;
  entry.hash = picture.hash;
  entry.sure = IsSure(picture.file, picture.read_at);
  entry.csv = options_.csv;
  entry.row_before = row_before;
  entry.row_after = row_after;
  entry.placing = options_.placement.kind;
  entry.target = ChooseTarget(options_.placement, group, picture.file.name);
  if (const absl::Status put = journal_->Put(entry); !put.ok()) return put;
  known_[entry.file.name] = {entry.file, entry.hash, entry.sure && !HasCoarseTimes(entry.file)};
  return Finish(entry, /*again=*/false);
}

absl::Status Ledger::Finish(JournalEntry entry, bool again) {
  absl::StatusOr<bool> placed = Place(entry.placing, options_.folder, entry.file, entry.target);
  while (absl::IsAlreadyExists(placed.status())) {
    // Somebody else's since it was chosen.
    entry.target = FreePath(fs::path(entry.target).parent_path().string(), entry.file.name);
    if (const absl::Status put = journal_->Put(entry); !put.ok()) return put;
    placed = Place(entry.placing, options_.folder, entry.file, entry.target);
  }
  if (!placed.ok()) return placed.status();
  const std::string row = RowOf(entry, *placed);
  const absl::StatusOr<std::unique_ptr<CsvFile>> csv = OpenCsv(entry.csv);
  if (!csv.ok()) return csv.status();
  const absl::StatusOr<bool> has = again ? (*csv)->Has(row, entry.row_from) : false;
  if (!has.ok()) return has.status();
  const absl::Status written = *has ? (*csv)->Sync() : (*csv)->Append(row);
  if (!written.ok()) return written;
  // A picture that was moved cannot come again by itself.
  if (entry.placing != PlacementKind::kMove) return journal_->Finish(entry.file.name);
  known_.erase(entry.file.name);
  return journal_->Delete(entry.file.name);
}

std::string Ledger::RowOf(const JournalEntry& entry, bool placed) const {
  const std::string place = entry.placing == PlacementKind::kStay
                                ? (fs::path(options_.folder) / entry.file.name).string()
                                : (placed ? entry.target : "");
  return absl::StrCat(entry.row_before, options_.csv_cell(place), entry.row_after, "\n");
}

absl::StatusOr<std::unique_ptr<CsvFile>> Ledger::OpenCsv(const std::string& path) {
  const absl::StatusOr<std::vector<JournalEntry>> unfinished = journal_->UnfinishedOf(path);
  if (!unfinished.ok()) return unfinished.status();
  std::vector<std::string> rows;
  for (const JournalEntry& entry : *unfinished) {
    for (const bool placed : {false, true}) rows.push_back(RowOf(entry, placed));
  }
  return CsvFile::Open(path, options_.csv_heading + "\n", rows);
}

}  // namespace mlfsc::client
