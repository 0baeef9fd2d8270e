// A file of records that survives a crash at any moment.
#ifndef MLFSC_CLIENT_WATCH_JOURNAL_H_
#define MLFSC_CLIENT_WATCH_JOURNAL_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/watch/journal_record.h"

namespace mlfsc::client {

// A record is there when Append has returned, and none is there by half: what a crash left of a line at the
// end is dropped. One process at a time has it. Not thread-safe.
class Journal {
 public:
  // Opens `path`, or begins it. FailedPrecondition when another process has it; DataLoss when something in
  // the middle of it is not a record.
  static absl::StatusOr<std::unique_ptr<Journal>> Open(const std::string& path);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // What was there when it was opened, oldest first.
  const std::vector<JournalRecord>& found() const { return found_; }

  // On the disk (fdatasync) when this returns.
  absl::Status Append(const JournalRecord& record);

  // Replaces all records by these, at once: a new file in the old one's place.
  absl::Status Rewrite(const std::vector<JournalRecord>& records);

  const std::string& path() const { return path_; }

 private:
  Journal(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}

  absl::Status Load();

  const std::string path_;
  // Held by a file beside it, since the journal itself is replaced.
  const int lock_;
  int file_ = -1;
  std::vector<JournalRecord> found_;
};

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_WATCH_JOURNAL_H_
