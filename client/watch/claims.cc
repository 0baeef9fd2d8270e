#include "client/watch/claims.h"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"

namespace mlfsc::client {
namespace {

// FNV-1a, of which a file's range has 62 bits: two things that share one wait for each other, no more.
off_t Place(const std::string& what) {
  uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : what) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return static_cast<off_t>(hash >> 2);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Claims>> Claims::Open(const std::string& path) {
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) return absl::ErrnoToStatus(errno, path);
  std::unique_ptr<Claims> claims(new Claims(file));
  errno = 0;
  // Whoever has this claim has it for no longer than this.
  if (!claims->Take("") && errno != EAGAIN && errno != EACCES) {
    return absl::UnimplementedError(
        absl::StrCat(path, ": its file system has no locks; name a file on another one with --journal"));
  }
  claims->Release("");
  return claims;
}

Claims::~Claims() { close(file_); }

bool Claims::Take(const std::string& what) const { return Lock(what, F_WRLCK); }

void Claims::Release(const std::string& what) const { Lock(what, F_UNLCK); }

bool Claims::Lock(const std::string& what, int16_t kind) const {
  struct flock lock = {};
  lock.l_type = kind;
  lock.l_whence = SEEK_SET;
  lock.l_start = Place(what);
  lock.l_len = 1;
  return fcntl(file_, F_OFD_SETLK, &lock) == 0;
}

}  // namespace mlfsc::client
