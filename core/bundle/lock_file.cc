#include "core/bundle/lock_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/base/clock.h"

namespace mlfsc {
namespace {

// What the umask leaves of it: replicas may run as several users of one group.
constexpr mode_t kMode = 0666;
// Between two tries: at first soon, since a turn takes milliseconds.
constexpr absl::Duration kFirstPause = absl::Milliseconds(1);
constexpr absl::Duration kLongestPause = absl::Milliseconds(20);
// A line with room to spare.
constexpr size_t kMostOfLine = 256;

absl::Status Failed(absl::string_view doing, const std::string& path) {
  return ErrnoStatus(errno, absl::StrCat("cannot ", doing, " ", path));
}

std::string ThisHost() {
  std::array<char, kMostOfLine> name{};
  if (gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "?";
  return name.data();
}

// The open lock file; closing it lets go of the lock.
class OpenLock : public FileLock {
 public:
  explicit OpenLock(int file) : file_(file) {}
  ~OpenLock() override {
    // An empty file names nobody, should the next holder be a program that writes no line.
    if (named_ && ftruncate(file_, 0) != 0) named_ = false;
    close(file_);
  }
  OpenLock(const OpenLock&) = delete;
  OpenLock& operator=(const OpenLock&) = delete;

  int file() const { return file_; }

  // Writes this process's line.
  void Name() {
    const std::string line = absl::StrCat(
        ThisHost(), " ", getpid(), " ",
        absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", Clock::Real()->WallNow(), absl::UTCTimeZone()), "\n");
    named_ = true;
    if (ftruncate(file_, 0) != 0 || pwrite(file_, line.data(), line.size(), 0) < 0) named_ = false;
  }

 private:
  const int file_;
  bool named_ = false;
};

// In words, as the line in the file names it.
std::string HolderOf(int file) {
  std::string line(kMostOfLine, '\0');
  const ssize_t count = pread(file, line.data(), line.size(), 0);
  line.resize(count > 0 ? static_cast<size_t>(count) : 0);
  const std::vector<std::string> words = absl::StrSplit(line, absl::ByAnyChar(" \n"), absl::SkipEmpty());
  if (words.size() != 3) return "a process that left no name";
  return absl::CEscape(absl::StrCat("process ", words[1], " on host ", words[0], " since ", words[2]));
}

// kGone: the holder before has removed the file. A lock on it is on nothing, and another may be held on a new
// file of the same name.
enum class Tried { kTaken, kHeld, kGone };

absl::StatusOr<Tried> Try(const OpenLock& lock, const std::string& path) {
  while (flock(lock.file(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return Tried::kHeld;
    if (errno != EINTR) return Failed("lock", path);
  }
  struct stat locked;
  struct stat named;
  if (fstat(lock.file(), &locked) != 0) return Failed("look at", path);
  if (lstat(path.c_str(), &named) != 0) return Tried::kGone;
  return locked.st_dev == named.st_dev && locked.st_ino == named.st_ino ? Tried::kTaken : Tried::kGone;
}

absl::StatusOr<std::unique_ptr<OpenLock>> Open(const std::string& path) {
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, kMode);
  if (file < 0) return Failed("open", path);
  return std::make_unique<OpenLock>(file);
}

}  // namespace

absl::StatusOr<std::unique_ptr<FileLock>> TakeLock(const std::string& path, absl::Duration wait) {
  Clock* const clock = Clock::Real();
  const absl::Time end = clock->Now() + wait;
  absl::Duration pause = kFirstPause;
  std::unique_ptr<OpenLock> lock;
  while (true) {
    if (lock == nullptr) {
      absl::StatusOr<std::unique_ptr<OpenLock>> opened = Open(path);
      if (!opened.ok()) return opened.status();
      lock = *std::move(opened);
    }
    const absl::StatusOr<Tried> tried = Try(*lock, path);
    if (!tried.ok()) return tried.status();
    if (*tried == Tried::kGone) {
      lock.reset();
      continue;
    }
    if (*tried == Tried::kTaken) {
      lock->Name();
      return lock;
    }
    if (wait <= absl::ZeroDuration()) return nullptr;
    if (clock->Now() >= end) {
      return absl::UnavailableError(absl::StrCat("the lock ", path, " is held by ", HolderOf(lock->file())));
    }
    std::this_thread::sleep_for(absl::ToChronoNanoseconds(std::min(pause, end - clock->Now())));
    pause = std::min(pause * 2, kLongestPause);
  }
}

}  // namespace mlfsc
