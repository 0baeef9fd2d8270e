// What is noted of a picture before anything is done about it.
#ifndef MLFSC_CLIENT_WATCH_JOURNAL_RECORD_H_
#define MLFSC_CLIENT_WATCH_JOURNAL_RECORD_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "client/watch/arrivals.h"

namespace mlfsc::client {

// Enough to do the rest again after a crash.
struct JournalRecord {
  PictureFile file;
  // Bytes for the CSV file, and where they begin in it.
  std::string row;
  int64_t row_at = 0;
  // Where the picture is moved or linked to; empty when it stays as it is.
  std::string target;
  // All of it is done: nothing to do again.
  bool finished = false;
};

// One line with its end: a checksum, a space, JSON.
std::string FormatRecord(const JournalRecord& record);

// Nothing for a line that was not written whole, or not by FormatRecord. `line`: without its end.
std::optional<JournalRecord> ParseRecord(absl::string_view line);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_WATCH_JOURNAL_RECORD_H_
