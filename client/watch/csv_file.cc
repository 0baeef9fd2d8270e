#include "client/watch/csv_file.h"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace mlfsc::client {
namespace {

// How much of `row` a dead writer left at the end of `file`, short of all: the most that stands there at a
// line's beginning.
size_t TornPart(absl::string_view file, absl::string_view row) {
  for (size_t length = std::min(row.size() - 1, file.size()); length > 0; --length) {
    const size_t at = file.size() - length;
    if (absl::EndsWith(file, row.substr(0, length)) && (at == 0 || file[at - 1] == '\n')) return length;
  }
  return 0;
}

}  // namespace

absl::StatusOr<std::unique_ptr<CsvFile>> CsvFile::Open(const std::string& path, const std::string& heading,
                                                       const std::vector<std::string>& unwritten) {
  std::unique_ptr<CsvFile> file(new CsvFile(path, heading));
  absl::Status status = file->Lock();
  if (status.ok()) status = file->CutTorn(unwritten);
  if (!status.ok()) return status;
  return file;
}

CsvFile::~CsvFile() {
  if (file_ >= 0) close(file_);
}

absl::Status CsvFile::Lock() {
  while (true) {
    file_ = open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (file_ < 0) return Error();
    while (flock(file_, LOCK_EX) != 0) {
      if (errno != EINTR) return Error();
    }
    struct stat locked = {};
    struct stat there = {};
    if (fstat(file_, &locked) != 0) return Error();
    size_ = locked.st_size;
    // Not when another file came in its place meanwhile.
    if (stat(path_.c_str(), &there) == 0 && there.st_ino == locked.st_ino && there.st_dev == locked.st_dev) {
      return absl::OkStatus();
    }
    close(file_);
  }
}

absl::Status CsvFile::CutTorn(const std::vector<std::string>& unwritten) {
  size_t longest = heading_.size();
  for (const std::string& row : unwritten) longest = std::max(longest, row.size());
  // One byte more, to see a line's beginning.
  const int64_t from = std::max<int64_t>(0, size_ - static_cast<int64_t>(longest) - 1);
  const absl::StatusOr<std::string> end = Read(from);
  if (!end.ok()) return end.status();
  size_t torn = 0;
  for (const std::string& row : unwritten) torn = std::max(torn, TornPart(*end, row));
  if (from == 0 && end->size() < heading_.size() && absl::StartsWith(heading_, *end)) torn = end->size();
  if (torn == 0) return absl::OkStatus();
  size_ -= static_cast<int64_t>(torn);
  return ftruncate(file_, size_) == 0 ? absl::OkStatus() : Error();
}

absl::StatusOr<std::string> CsvFile::Read(int64_t from) const {
  std::string bytes(static_cast<size_t>(size_ - from), '\0');
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count =
        pread(file_, bytes.data() + done, bytes.size() - done, from + static_cast<off_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Error();
    if (count == 0) return absl::AbortedError(absl::StrCat(path_, ": became shorter while it was read"));
    done += static_cast<size_t>(count);
  }
  return bytes;
}

absl::StatusOr<bool> CsvFile::Has(const std::string& row, int64_t from) const {
  const absl::StatusOr<std::string> read = Read(from > size_ ? 0 : from);
  if (!read.ok()) return read.status();
  for (size_t at = read->find(row); at != std::string::npos; at = read->find(row, at + 1)) {
    if (at == 0 || (*read)[at - 1] == '\n') return true;
  }
  return false;
}

absl::Status CsvFile::Append(const std::string& row) {
  std::string text = size_ == 0 ? absl::StrCat(heading_, row) : row;
  if (size_ > 0) {
    const absl::StatusOr<std::string> last = Read(size_ - 1);
    if (!last.ok()) return last.status();
    // An editor may have left the last line without its end.
    if (*last != "\n") text.insert(0, "\n");
  }
  size_t done = 0;
  while (done < text.size()) {
    const ssize_t count =
        pwrite(file_, text.data() + done, text.size() - done, size_ + static_cast<off_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const absl::Status error = Error();
      // What cannot be taken back now is taken away by the next one.
      if (ftruncate(file_, size_) != 0) return error;
      return error;
    }
    done += static_cast<size_t>(count);
  }
  size_ += static_cast<int64_t>(text.size());
  return Sync();
}

absl::Status CsvFile::Sync() const { return fdatasync(file_) == 0 ? absl::OkStatus() : Error(); }

absl::Status CsvFile::Error() const { return absl::ErrnoToStatus(errno, path_); }

}  // namespace mlfsc::client
