// What has been scored in a watched folder: a CSV file for people, a journal behind it.
#ifndef MLFSC_CLIENT_WATCH_LEDGER_H_
#define MLFSC_CLIENT_WATCH_LEDGER_H_

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/watch/claims.h"
#include "client/watch/csv_file.h"
#include "client/watch/folder.h"
#include "client/watch/journal.h"
#include "client/watch/placement.h"

namespace mlfsc::client {

struct LedgerOptions {
  // Where the pictures arrive.
  std::string folder;
  std::string category;
  std::string csv;
  // First line of the CSV file, without its end.
  std::string csv_heading;
  // A path as a cell of it.
  std::function<std::string(const std::string& path)> csv_cell;
  std::string journal;
  Placement placement;
  // Records of pictures that are gone are forgotten when there are about this many.
  size_t forget_after = 1000;
};

// One content of one file, as it was read.
struct ReadPictureFile {
  PictureFile file;
  // HashOf its bytes; empty when they could not be read.
  std::string hash;
  // The date, before the first byte was read.
  absl::Time read_at;
};

// SHA-256, 32 bytes.
std::string HashOf(absl::string_view bytes);

// Each content of each file gets one row and one place, whoever dies in between, and however many watchers
// there are. First the journal is told everything, then the picture is moved or linked, then the row is
// written; who comes next does what is missing. Watchers of one category share the pictures; those of
// different ones each have all of them. Not thread-safe, but for Release.
class Ledger {
 public:
  // Call Update before anything else.
  static absl::StatusOr<std::unique_ptr<Ledger>> Open(const LedgerOptions& options);

  // Takes in what other watchers have done, and finishes what the dead left. `there`: what is in the folder;
  // what is not is forgotten in time. While no file is claimed.
  absl::Status Update(const std::vector<PictureFile>& there);

  // Whether this content was recorded, as far as Update has told. Reads the file where the file system cannot
  // tell (see Compare); `now`: the date.
  bool Knows(const PictureFile& file, absl::Time now);

  // True: the file is this watcher's to score, until it is released. False: another one has it.
  absl::StatusOr<bool> Claim(const PictureFile& file, absl::Time now);
  void Release(const PictureFile& file) const { claims_->Release(ClaimOf(file.name)); }

  // Of a file that is claimed. `row_before`, `row_after`: what is before and behind the cell that says where
  // the picture is, commas included; empty when it was written anew before it could be moved. `group`: see
  // Placement.
  // After an error (a full disk) it may be in the journal already: then the rest is done later.
  absl::Status Record(const ReadPictureFile& picture, const std::string& group, const std::string& row_before,
                      const std::string& row_after);

 private:
  struct Known {
    PictureFile file;
    std::string hash;
    bool sure = false;
  };

  Ledger(const LedgerOptions& options, std::unique_ptr<Journal> journal, std::unique_ptr<Claims> claims)
      : options_(options), journal_(std::move(journal)), claims_(std::move(claims)) {}

  std::string ClaimOf(const std::string& name) const;
  absl::Status TakeNews();
  // Does what is missing. `again`: some of it may be done.
  absl::Status Finish(JournalEntry entry, bool again);
  absl::Status FinishIfLeft(const std::string& name);
  absl::StatusOr<std::unique_ptr<CsvFile>> OpenCsv(const std::string& path);
  std::string RowOf(const JournalEntry& entry, bool placed) const;

  const LedgerOptions options_;
  const std::unique_ptr<Journal> journal_;
  const std::unique_ptr<Claims> claims_;
  // By name, its last content.
  std::map<std::string, Known> known_;
};

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_WATCH_LEDGER_H_
