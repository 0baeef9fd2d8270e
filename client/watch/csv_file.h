// A CSV file that several processes append to.
#ifndef MLFSC_CLIENT_WATCH_CSV_FILE_H_
#define MLFSC_CLIENT_WATCH_CSV_FILE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace mlfsc::client {

// The file `path`, which is this process's alone from Open until it is deleted. Not thread-safe.
//
// A writer that is killed may leave a part of its row at the end. Whoever comes next takes it away, if it
// knows the row: otherwise the file is only added to, whatever people have made of it.
class CsvFile {
 public:
  // Makes the file, and waits while another process has it. `heading`: of an empty file, with its line's end.
  // `unwritten`: rows, with their lines' ends, that may have been written in part.
  static absl::StatusOr<std::unique_ptr<CsvFile>> Open(const std::string& path, const std::string& heading,
                                                       const std::vector<std::string>& unwritten);
  ~CsvFile();
  CsvFile(const CsvFile&) = delete;
  CsvFile& operator=(const CsvFile&) = delete;

  // Bytes.
  int64_t size() const { return size_; }

  // Whether `row` stands in it at or behind `from`, a size that it once had; in a file that somebody has made
  // shorter, anywhere.
  absl::StatusOr<bool> Has(const std::string& row, int64_t from) const;

  // Puts `row` at the end: all of it, or nothing.
  absl::Status Append(const std::string& row);

  // What was written is on the disk when this returns.
  absl::Status Sync() const;

 private:
  CsvFile(const std::string& path, const std::string& heading) : path_(path), heading_(heading) {}

  absl::Status Lock();
  absl::Status CutTorn(const std::vector<std::string>& unwritten);
  absl::StatusOr<std::string> Read(int64_t from) const;
  absl::Status Error() const;

  const std::string path_;
  const std::string heading_;
  int file_ = -1;
  int64_t size_ = 0;
};

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_WATCH_CSV_FILE_H_
