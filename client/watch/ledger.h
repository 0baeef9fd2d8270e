// What has been scored in a watched folder: a CSV file for people, a journal behind it.
#ifndef MLFSC_CLIENT_WATCH_LEDGER_H_
#define MLFSC_CLIENT_WATCH_LEDGER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/watch/arrivals.h"
#include "client/watch/journal.h"
#include "client/watch/placement.h"

namespace mlfsc::client {

struct LedgerOptions {
  // Where the pictures arrive.
  std::string folder;
  std::string csv;
  // First line of the CSV file, without its end.
  std::string csv_heading;
  std::string journal;
  Placement placement;
  // The journal is rewritten without what it needs no more after this many records.
  int64_t shrink_after = 1000;
};

// Each picture gets one row and one place, whatever crashes in between. First the journal is told everything,
// then the row is written, then the picture is moved or linked; the next start does again what is missing of
// the last one. Not thread-safe.
class Ledger {
 public:
  // Finishes what a crash left.
  static absl::StatusOr<std::unique_ptr<Ledger>> Open(const LedgerOptions& options);
  ~Ledger();
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  bool Knows(const PictureFile& file) const;

  // `row(placed)`: a CSV line without its end, given where the picture will be. `group`: see Placement.
  // After an error (a full disk) the picture may be recorded already: ask Knows. What is missing of it is
  // done by the next call, or the next Open.
  absl::Status Record(const PictureFile& file, const std::string& group,
                      const std::function<std::string(const std::string& placed)>& row);

 private:
  Ledger(const LedgerOptions& options, std::unique_ptr<Journal> journal)
      : options_(options), journal_(std::move(journal)) {}

  absl::Status FinishLast();
  absl::Status Finish(const JournalRecord& record);
  // Drops the records of pictures that are gone or changed, and marks the others finished.
  absl::Status Shrink();
  std::string PathOf(const PictureFile& file) const;

  const LedgerOptions options_;
  const std::unique_ptr<Journal> journal_;
  // By name, the last record of it.
  std::map<std::string, JournalRecord> records_;
  int64_t appended_ = 0;
  // The journal's last record, when it is not done.
  std::optional<JournalRecord> unfinished_;
};

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_WATCH_LEDGER_H_
