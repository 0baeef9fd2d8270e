// What has been found in a watched folder: an SQLite file.
#ifndef MLFSC_CLIENT_WATCH_JOURNAL_H_
#define MLFSC_CLIENT_WATCH_JOURNAL_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/watch/folder.h"
#include "client/watch/placement.h"

struct sqlite3;
struct sqlite3_stmt;

namespace mlfsc::client {

// The last content of a file that was scored, and enough to do the rest again after a crash.
struct JournalEntry {
  PictureFile file;
  // SHA-256 of its bytes.
  std::string hash;
  // IsSure of `file` when it was read.
  bool sure = false;
  // The CSV file, and the row's bytes before and behind the cell that says where the picture is.
  std::string csv;
  std::string row_before;
  std::string row_after;
  // The row is not in the CSV file before this place.
  int64_t row_from = 0;
  // What is done with the picture, and where it is moved or linked to; empty when it stays as it is.
  PlacementKind placing = PlacementKind::kStay;
  std::string target;
  // The row is written, the picture is at its place: nothing to do again.
  bool finished = false;
};

// Entries of one category in one folder, one a file name. Several processes, of several categories, share a
// file; each change is a transaction. On a local disk SQLite's write-ahead log is used, which wants memory
// that all processes share; on a network folder its older rollback journal. Not thread-safe.
//
// Errors name the file: FailedPrecondition when it is not such a journal, DataLoss when it is damaged,
// Unavailable when another process keeps it for a minute, or its disk cannot be read or written.
class Journal {
 public:
  // Opens `path`, or begins it. `folder`: what tells folders apart that share the file.
  static absl::StatusOr<std::unique_ptr<Journal>> Open(const std::string& path, const std::string& folder,
                                                       const std::string& category);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // What anybody has put there since the last call, from the first on all of it; oldest first.
  absl::StatusOr<std::vector<JournalEntry>> News();

  absl::StatusOr<std::optional<JournalEntry>> Find(const std::string& name);
  absl::StatusOr<std::vector<JournalEntry>> Unfinished();
  // Of any folder and category, the rows that may not be in `csv`.
  absl::StatusOr<std::vector<JournalEntry>> UnfinishedOf(const std::string& csv);

  // In the place of the name's last entry. On the disk when this returns.
  absl::Status Put(const JournalEntry& entry);

  // After a power failure what these do may not have happened.
  absl::Status Finish(const std::string& name);
  absl::Status Delete(const std::string& name);
  // As Delete, unless it is unfinished.
  absl::Status Forget(const std::string& name);
  // The file has other times and rights, and the same bytes.
  absl::Status PutStamp(const PictureFile& file, bool sure);

 private:
  // A compiled statement. The values of one call are bound in order.
  class Statement;

  explicit Journal(std::string path) : path_(std::move(path)) {}

  absl::Status Begin(const std::string& folder, const std::string& category);
  absl::Status MakeTables();
  absl::Status Run(const char* sql);
  absl::Status Error() const;
  absl::StatusOr<std::vector<JournalEntry>> Select(Statement* statement);

  const std::string path_;
  sqlite3* database_ = nullptr;
  // Of this folder and category.
  int64_t series_ = 0;
  // Of the last entry that News has given.
  int64_t seen_ = 0;
};

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_WATCH_JOURNAL_H_
