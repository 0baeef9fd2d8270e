#include "client/watch/journal.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <sqlite3.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace mlfsc::client {
namespace {

constexpr int kBusyMilliseconds = 60'000;
// "mlfw", and the version of the tables.
constexpr int64_t kApplication = 0x6d6c6677;
constexpr int64_t kFormat = 1;

constexpr char kTables[] =
    "CREATE TABLE series(id INTEGER PRIMARY KEY, folder BLOB NOT NULL, category BLOB NOT NULL,"
    " UNIQUE(folder, category));"
    // Numbers are never given again, so that what is new has a higher one.
    "CREATE TABLE picture(id INTEGER PRIMARY KEY AUTOINCREMENT, series INTEGER NOT NULL, name BLOB NOT NULL,"
    " size INTEGER NOT NULL, time_ns INTEGER NOT NULL, change_ns INTEGER NOT NULL, inode INTEGER NOT NULL,"
    " hash BLOB NOT NULL, sure INTEGER NOT NULL, csv BLOB NOT NULL, row_before BLOB NOT NULL,"
    " row_after BLOB NOT NULL, row_from INTEGER NOT NULL, placing INTEGER NOT NULL, target BLOB NOT NULL, "
    "finished INTEGER NOT NULL,"
    " UNIQUE(series, name));"
    "CREATE INDEX unfinished ON picture(csv) WHERE NOT finished;"
    "PRAGMA application_id = 1835820663;"
    "PRAGMA user_version = 1;";

constexpr char kColumns[] =
    "name, size, time_ns, change_ns, inode, hash, sure, csv, row_before, row_after, row_from, placing, "
    "target, finished";

}  // namespace

class Journal::Statement {
 public:
  Statement(Journal* journal, const std::string& sql) : journal_(journal) {
    prepared_ = sqlite3_prepare_v2(journal->database_, sql.c_str(), -1, &statement_, nullptr) == SQLITE_OK;
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& Bind(int64_t value) {
    if (prepared_) sqlite3_bind_int64(statement_, ++bound_, value);
    return *this;
  }
  // As bytes: names of files are not UTF-8.
  Statement& Bind(const std::string& value) {
    if (prepared_) {
      sqlite3_bind_blob64(statement_, ++bound_, value.data(), value.size(), SQLITE_TRANSIENT);
    }
    return *this;
  }

  // Whether there is a row.
  absl::StatusOr<bool> Step() {
    const int code = prepared_ ? sqlite3_step(statement_) : SQLITE_ERROR;
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return journal_->Error();
  }
  absl::Status Run() { return Step().status(); }

  int64_t Integer(int column) const { return sqlite3_column_int64(statement_, column); }
  std::string Bytes(int column) const {
    const void* const bytes = sqlite3_column_blob(statement_, column);
    const int size = sqlite3_column_bytes(statement_, column);
    return bytes == nullptr ? "" : std::string(static_cast<const char*>(bytes), static_cast<size_t>(size));
  }

 private:
  Journal* const journal_;
  sqlite3_stmt* statement_ = nullptr;
  bool prepared_ = false;
  int bound_ = 0;
};

absl::StatusOr<std::unique_ptr<Journal>> Journal::Open(const std::string& path, const std::string& folder,
                                                       const std::string& category) {
  std::unique_ptr<Journal> journal(new Journal(path));
  const absl::Status begun = journal->Begin(folder, category);
  if (!begun.ok()) return begun;
  return journal;
}

Journal::~Journal() { sqlite3_close(database_); }

absl::Status Journal::Begin(const std::string& folder, const std::string& category) {
  const int opened = sqlite3_open_v2(
      path_.c_str(), &database_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  if (opened != SQLITE_OK) return Error();
  sqlite3_busy_timeout(database_, kBusyMilliseconds);
  const std::filesystem::path folder_of_it = std::filesystem::path(path_).parent_path();
  const bool on_network = IsOnNetwork(folder_of_it.empty() ? "." : folder_of_it.string());
  // Two that begin at the same moment: the other one does it.
  const absl::Status mode = Run(on_network ? "PRAGMA journal_mode = TRUNCATE" : "PRAGMA journal_mode = WAL");
  if (!mode.ok() && !absl::IsUnavailable(mode)) return mode;

  if (const absl::Status status = Run("BEGIN IMMEDIATE"); !status.ok()) return status;
  if (const absl::Status status = MakeTables(); !status.ok()) return status;
  absl::Status status = Statement(this, "INSERT OR IGNORE INTO series(folder, category) VALUES(?, ?)")
                            .Bind(folder)
                            .Bind(category)
                            .Run();
  if (status.ok()) {
    Statement series(this, "SELECT id FROM series WHERE folder = ? AND category = ?");
    status = series.Bind(folder).Bind(category).Run();
    if (status.ok()) series_ = series.Integer(0);
  }
  return status.ok() ? Run("COMMIT") : status;
}

absl::Status Journal::MakeTables() {
  {
    Statement format(this,
                     "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_master)"
                     " FROM pragma_application_id, pragma_user_version");
    if (const absl::Status status = format.Run(); !status.ok()) return status;
    if (format.Integer(2) > 0) {
      if (format.Integer(0) == kApplication && format.Integer(1) == kFormat) return absl::OkStatus();
      return absl::FailedPreconditionError(absl::StrCat(
          path_, ": not a journal that this version of mlfsc watch keeps; name another file with --journal"));
    }
  }
  return Run(kTables);
}

absl::Status Journal::Run(const char* sql) {
  return sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) == SQLITE_OK ? absl::OkStatus() : Error();
}

absl::Status Journal::Error() const {
  const int code = sqlite3_errcode(database_);
  const std::string words = absl::StrCat(path_, ": ", sqlite3_errmsg(database_));
  const char* const anew =
      "move it away to begin anew (pictures that are still in the folder are then scored again)";
  switch (code) {
    case SQLITE_NOTADB:
      return absl::FailedPreconditionError(absl::StrCat(
          path_,
          ": not a journal of mlfsc watch, or one of a version before its journals were SQLite files; ",
          anew));
    case SQLITE_CORRUPT:
      return absl::DataLossError(absl::StrCat(words, "; ", anew));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
    case SQLITE_IOERR:
      return absl::UnavailableError(words);
    case SQLITE_FULL:
      return absl::ResourceExhaustedError(words);
    default:
      return absl::UnknownError(words);
  }
}

absl::StatusOr<std::vector<JournalEntry>> Journal::Select(Statement* statement) {
  std::vector<JournalEntry> entries;
  while (true) {
    const absl::StatusOr<bool> row = statement->Step();
    if (!row.ok()) return row.status();
    if (!*row) return entries;
    JournalEntry entry;
    entry.file = {statement->Bytes(0), statement->Integer(1), statement->Integer(2), statement->Integer(3),
                  statement->Integer(4)};
    entry.hash = statement->Bytes(5);
    entry.sure = statement->Integer(6) != 0;
    entry.csv = statement->Bytes(7);
    entry.row_before = statement->Bytes(8);
    entry.row_after = statement->Bytes(9);
    entry.row_from = statement->Integer(10);
    entry.placing = static_cast<PlacementKind>(statement->Integer(11));
    entry.target = statement->Bytes(12);
    entry.finished = statement->Integer(13) != 0;
    seen_ = std::max(seen_, statement->Integer(14));
    entries.push_back(std::move(entry));
  }
}

absl::StatusOr<std::vector<JournalEntry>> Journal::News() {
  Statement statement(
      this, absl::StrCat("SELECT ", kColumns, ", id FROM picture WHERE series = ? AND id > ? ORDER BY id"));
  return Select(&statement.Bind(series_).Bind(seen_));
}

absl::StatusOr<std::optional<JournalEntry>> Journal::Find(const std::string& name) {
  Statement statement(this,
                      absl::StrCat("SELECT ", kColumns, ", 0 FROM picture WHERE series = ? AND name = ?"));
  absl::StatusOr<std::vector<JournalEntry>> found = Select(&statement.Bind(series_).Bind(name));
  if (!found.ok()) return found.status();
  if (found->empty()) return std::nullopt;
  return std::move(found->front());
}

absl::StatusOr<std::vector<JournalEntry>> Journal::Unfinished() {
  Statement statement(this, absl::StrCat("SELECT ", kColumns,
                                         ", 0 FROM picture WHERE NOT finished AND series = ? ORDER BY id"));
  return Select(&statement.Bind(series_));
}

absl::StatusOr<std::vector<JournalEntry>> Journal::UnfinishedOf(const std::string& csv) {
  Statement statement(this,
                      absl::StrCat("SELECT ", kColumns, ", 0 FROM picture WHERE NOT finished AND csv = ?"));
  return Select(&statement.Bind(csv));
}

absl::Status Journal::Put(const JournalEntry& entry) {
  if (const absl::Status status = Run("PRAGMA synchronous = FULL"); !status.ok()) return status;
  Statement statement(this, absl::StrCat("INSERT OR REPLACE INTO picture(series, ", kColumns,
                                         ") VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  return statement.Bind(series_)
      .Bind(entry.file.name)
      .Bind(entry.file.size)
      .Bind(entry.file.time_ns)
      .Bind(entry.file.change_ns)
      .Bind(entry.file.inode)
      .Bind(entry.hash)
      .Bind(int64_t{entry.sure})
      .Bind(entry.csv)
      .Bind(entry.row_before)
      .Bind(entry.row_after)
      .Bind(entry.row_from)
      .Bind(static_cast<int64_t>(entry.placing))
      .Bind(entry.target)
      .Bind(int64_t{entry.finished})
      .Run();
}

absl::Status Journal::Finish(const std::string& name) {
  if (const absl::Status status = Run("PRAGMA synchronous = NORMAL"); !status.ok()) return status;
  Statement statement(this,
                      "UPDATE picture SET finished = 1, row_before = x'', row_after = x''"
                      " WHERE series = ? AND name = ?");
  return statement.Bind(series_).Bind(name).Run();
}

absl::Status Journal::Delete(const std::string& name) {
  if (const absl::Status status = Run("PRAGMA synchronous = NORMAL"); !status.ok()) return status;
  return Statement(this, "DELETE FROM picture WHERE series = ? AND name = ?").Bind(series_).Bind(name).Run();
}

absl::Status Journal::Forget(const std::string& name) {
  if (const absl::Status status = Run("PRAGMA synchronous = NORMAL"); !status.ok()) return status;
  Statement statement(this, "DELETE FROM picture WHERE series = ? AND name = ? AND finished");
  return statement.Bind(series_).Bind(name).Run();
}

absl::Status Journal::PutStamp(const PictureFile& file, bool sure) {
  if (const absl::Status status = Run("PRAGMA synchronous = NORMAL"); !status.ok()) return status;
  Statement statement(this,
                      "UPDATE picture SET size = ?, time_ns = ?, change_ns = ?, inode = ?, sure = ?"
                      " WHERE series = ? AND name = ?");
  return statement.Bind(file.size)
      .Bind(file.time_ns)
      .Bind(file.change_ns)
      .Bind(file.inode)
      .Bind(int64_t{sure})
      .Bind(series_)
      .Bind(file.name)
      .Run();
}

}  // namespace mlfsc::client
