#include "client/evaluation/sorted_runs.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <queue>
#include <string>
#include <system_error>
#include <utility>

#include <unistd.h>

namespace mlfsc::client {
namespace {

// Numbers read at once from a run, at least and at most.
constexpr int64_t kMinBuffer = 1024;
constexpr int64_t kMaxBuffer = 65536;
// Of a run that is read, besides its buffer, generously.
constexpr int64_t kCursorBytes = 1024;

absl::Status WriteAt(int file, const char* bytes, int64_t count, int64_t offset) {
  while (count > 0) {
    const ssize_t written = pwrite(file, bytes, count, offset);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return absl::ErrnoToStatus(errno, "temporary file for pixel values");
    bytes += written;
    count -= written;
    offset += written;
  }
  return absl::OkStatus();
}

absl::Status ReadAt(int file, char* bytes, int64_t count, int64_t offset) {
  while (count > 0) {
    const ssize_t read = pread(file, bytes, count, offset);
    if (read < 0 && errno == EINTR) continue;
    if (read < 0) return absl::ErrnoToStatus(errno, "temporary file for pixel values");
    if (read == 0)
      return absl::DataLossError("temporary file for pixel values: shorter than what was written");
    bytes += read;
    count -= read;
    offset += read;
  }
  return absl::OkStatus();
}

}  // namespace

// The place reached in one run.
class SortedRuns::Cursor {
 public:
  Cursor(int file, const Run& run, int64_t buffer) : file_(file), run_(run), buffer_size_(buffer) {}

  int tag() const { return run_.tag; }
  float value() const { return buffer_[position_]; }

  // To the first number, or past the last one read; false at the end of the run.
  absl::StatusOr<bool> Advance() {
    if (++position_ < static_cast<int64_t>(buffer_.size())) return true;
    const int64_t count = std::min(buffer_size_, run_.end - run_.begin);
    if (count == 0) return false;
    buffer_.resize(count);
    const absl::Status read = ReadAt(file_, reinterpret_cast<char*>(buffer_.data()), count * sizeof(float),
                                     run_.begin * sizeof(float));
    if (!read.ok()) return read;
    run_.begin += count;
    position_ = 0;
    return true;
  }

 private:
  int file_;
  // What has not been read yet.
  Run run_;
  int64_t buffer_size_;
  std::vector<float> buffer_;
  int64_t position_ = -1;
};

// Appends numbers to the file.
class SortedRuns::Writer {
 public:
  Writer(int file, int64_t begin) : file_(file), end_(begin) { buffer_.reserve(kMaxBuffer); }

  int64_t end() const { return end_ + static_cast<int64_t>(buffer_.size()); }

  absl::Status Append(float value, int64_t count) {
    for (; count > 0; --count) {
      if (static_cast<int64_t>(buffer_.size()) == kMaxBuffer) {
        if (absl::Status status = Flush(); !status.ok()) return status;
      }
      buffer_.push_back(value);
    }
    return absl::OkStatus();
  }

  absl::Status Flush() {
    const auto count = static_cast<int64_t>(buffer_.size());
    const absl::Status written = WriteAt(file_, reinterpret_cast<const char*>(buffer_.data()),
                                         count * sizeof(float), end_ * sizeof(float));
    end_ += count;
    buffer_.clear();
    return written;
  }

 private:
  const int file_;
  // Where the buffer goes.
  int64_t end_;
  std::vector<float> buffer_;
};

absl::StatusOr<std::unique_ptr<SortedRuns>> SortedRuns::Create(int64_t merge_bytes) {
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::temp_directory_path(error);
  if (error) return absl::ErrnoToStatus(error.value(), "folder for temporary files");
  std::string path = (folder / "mlfsc-pixels-XXXXXX").string();
  const int file = mkstemp(path.data());
  if (file < 0) return absl::ErrnoToStatus(errno, path);
  // Nameless from now on: the file ends with the process.
  unlink(path.c_str());
  return std::unique_ptr<SortedRuns>(new SortedRuns(file, merge_bytes));
}

SortedRuns::~SortedRuns() { close(file_); }

absl::Status SortedRuns::Add(int tag, std::vector<float> values) {
  if (values.empty()) return absl::OkStatus();
  std::sort(values.begin(), values.end());
  const auto count = static_cast<int64_t>(values.size());
  int64_t begin;
  {
    MutexLock lock(&mutex_);
    begin = numbers_;
    numbers_ += count;
    runs_.push_back({tag, begin, begin + count});
  }
  return WriteAt(file_, reinterpret_cast<const char*>(values.data()), count * sizeof(float),
                 begin * sizeof(float));
}

absl::Status SortedRuns::Merge(absl::FunctionRef<void(float, int, int64_t)> visit) {
  MutexLock lock(&mutex_);
  while (runs_.size() > MostRuns()) {
    const size_t before = runs_.size();
    if (absl::Status combined = Combine(&runs_); !combined.ok()) return combined;
    if (runs_.size() == before) break;
  }
  return MergeRuns(runs_, [&visit](float value, int tag, int64_t count) {
    visit(value, tag, count);
    return absl::OkStatus();
  });
}

size_t SortedRuns::MostRuns() const {
  constexpr int64_t kLeast = kMinBuffer * static_cast<int64_t>(sizeof(float)) + kCursorBytes;
  return static_cast<size_t>(std::max<int64_t>(2, merge_bytes_ / kLeast));
}

absl::Status SortedRuns::Combine(std::vector<Run>* runs) {
  std::map<int, size_t> counts;
  for (const Run& run : *runs) ++counts[run.tag];
  const int tag = std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) {
                    return a.second < b.second;
                  })->first;
  std::vector<Run> together;
  std::vector<Run> others;
  for (const Run& run : *runs) {
    (run.tag == tag && together.size() < MostRuns() ? together : others).push_back(run);
  }
  Writer writer(file_, numbers_);
  absl::Status status =
      MergeRuns(together, [&writer](float value, int, int64_t count) { return writer.Append(value, count); });
  if (status.ok()) status = writer.Flush();
  if (!status.ok()) return status;
  others.push_back({tag, numbers_, writer.end()});
  numbers_ = writer.end();
  *runs = std::move(others);
  return status;
}

absl::Status SortedRuns::MergeRuns(const std::vector<Run>& runs, Visit visit) const {
  std::vector<Cursor> cursors;
  cursors.reserve(runs.size());
  const int64_t share = (merge_bytes_ / static_cast<int64_t>(std::max<size_t>(1, runs.size())) - kCursorBytes) /
                        static_cast<int64_t>(sizeof(float));
  for (const Run& run : runs) cursors.emplace_back(file_, run, std::clamp(share, kMinBuffer, kMaxBuffer));
  const auto larger = [](const Cursor* a, const Cursor* b) { return a->value() > b->value(); };
  std::priority_queue<Cursor*, std::vector<Cursor*>, decltype(larger)> smallest_first(larger);
  for (Cursor& cursor : cursors) {
    const absl::StatusOr<bool> more = cursor.Advance();
    if (!more.ok()) return more.status();
    if (*more) smallest_first.push(&cursor);
  }
  while (!smallest_first.empty()) {
    Cursor* cursor = smallest_first.top();
    smallest_first.pop();
    const float value = cursor->value();
    int64_t count = 0;
    absl::StatusOr<bool> more = true;
    while (more.ok() && *more && cursor->value() == value) {
      ++count;
      more = cursor->Advance();
    }
    if (!more.ok()) return more.status();
    if (absl::Status visited = visit(value, cursor->tag(), count); !visited.ok()) return visited;
    if (*more) smallest_first.push(cursor);
  }
  return absl::OkStatus();
}

}  // namespace mlfsc::client
