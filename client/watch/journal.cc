#include "client/watch/journal.h"

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"

namespace mlfsc::client {
namespace {

absl::Status WriteAll(int file, const std::string& bytes, const std::string& path) {
  size_t written = 0;
  while (written < bytes.size()) {
    const ssize_t count = write(file, bytes.data() + written, bytes.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return absl::ErrnoToStatus(errno, path);
    written += static_cast<size_t>(count);
  }
  return absl::OkStatus();
}

// The folder's entry for a new file is on the disk when its folder is.
void SyncFolderOf(const std::string& path) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  const int folder = open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  fsync(folder);
  close(folder);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Journal>> Journal::Open(const std::string& path) {
  const std::string lock_path = path + ".lock";
  const int lock = open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock < 0) return absl::ErrnoToStatus(errno, lock_path);
  if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    close(lock);
    if (error == EWOULDBLOCK) {
      return absl::FailedPreconditionError(absl::StrCat(path, ": another mlfsc watch has it open"));
    }
    return absl::ErrnoToStatus(error, lock_path);
  }
  std::unique_ptr<Journal> journal(new Journal(path, lock));
  const absl::Status loaded = journal->Load();
  if (!loaded.ok()) return loaded;
  return journal;
}

Journal::~Journal() {
  if (file_ >= 0) close(file_);
  close(lock_);
}

absl::Status Journal::Load() {
  file_ = open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file_ < 0) return absl::ErrnoToStatus(errno, path_);
  SyncFolderOf(path_);
  std::ifstream in(path_, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  size_t begin = 0;
  while (begin < text.size()) {
    const size_t end = text.find('\n', begin);
    const std::optional<JournalRecord> record =
        end == std::string::npos ? std::nullopt
                                 : ParseRecord(absl::string_view(text).substr(begin, end - begin));
    if (!record.has_value()) {
      // Only what was written last can have been cut short.
      if (end != std::string::npos && end + 1 < text.size()) {
        return absl::DataLossError(absl::StrCat(path_, ": no record at byte ", begin,
                                                "; delete the file to begin anew (pictures that are still in "
                                                "the folder are then scored again)"));
      }
      break;
    }
    found_.push_back(*record);
    begin = end + 1;
  }
  if (begin < text.size() && ftruncate(file_, static_cast<off_t>(begin)) != 0) {
    return absl::ErrnoToStatus(errno, path_);
  }
  return absl::OkStatus();
}

absl::Status Journal::Append(const JournalRecord& record) {
  const off_t end = lseek(file_, 0, SEEK_END);
  absl::Status status =
      end < 0 ? absl::ErrnoToStatus(errno, path_) : WriteAll(file_, FormatRecord(record), path_);
  if (status.ok() && fdatasync(file_) != 0) status = absl::ErrnoToStatus(errno, path_);
  // Nothing may stand behind half a line.
  if (!status.ok() && end >= 0 && ftruncate(file_, end) != 0) {
    return absl::DataLossError(absl::StrCat(status.message(), "; the journal is damaged, start anew"));
  }
  return status;
}

absl::Status Journal::Rewrite(const std::vector<JournalRecord>& records) {
  const std::string temporary = path_ + ".new";
  const int file = open(temporary.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0) return absl::ErrnoToStatus(errno, temporary);
  std::string text;
  for (const JournalRecord& record : records) absl::StrAppend(&text, FormatRecord(record));
  absl::Status status = WriteAll(file, text, temporary);
  if (status.ok() && fdatasync(file) != 0) status = absl::ErrnoToStatus(errno, temporary);
  if (status.ok() && rename(temporary.c_str(), path_.c_str()) != 0) {
    status = absl::ErrnoToStatus(errno, path_);
  }
  if (!status.ok()) {
    close(file);
    return status;
  }
  SyncFolderOf(path_);
  close(file_);
  file_ = file;
  return absl::OkStatus();
}

}  // namespace mlfsc::client
