#include "server/access/token_file.h"

#include <utility>

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/base/error_text.h"

namespace mlfsc {
namespace {

absl::Status Unusable(const std::string& path, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("token file ", path, ": ", why));
}

absl::Status FromErrno(const std::string& path, int error) {
  const std::string message = absl::StrCat("token file ", path, ": ", ErrorText(error));
  return error == ENOENT ? absl::NotFoundError(message) : absl::InvalidArgumentError(message);
}

bool IsPlain(absl::string_view token) {
  for (const char c : token) {
    if (!absl::ascii_isgraph(static_cast<unsigned char>(c))) return false;
  }
  return true;
}

}  // namespace

TokenFile::TokenFile(std::string path, Clock* clock, std::function<void(const absl::Status&)> on_error)
    : path_(std::move(path)), clock_(clock), on_error_(std::move(on_error)) {}

absl::StatusOr<std::unique_ptr<TokenFile>> TokenFile::Open(
    const std::string& path, Clock* clock, std::function<void(const absl::Status&)> on_error) {
  auto file = std::unique_ptr<TokenFile>(new TokenFile(path, clock, std::move(on_error)));
  MutexLock lock(&file->mutex_);
  if (absl::Status loaded = file->Load(); !loaded.ok()) return loaded;
  file->looked_ = clock->Now();
  return file;
}

bool TokenFile::Holds(absl::string_view token) {
  Digest digest;
  SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(), digest.data());
  MutexLock lock(&mutex_);
  ReloadWhenChanged();
  bool found = false;
  for (const Digest& known : digests_) {
    // No early way out: the time must not tell which token it was.
    found |= CRYPTO_memcmp(known.data(), digest.data(), digest.size()) == 0;
  }
  return found;
}

void TokenFile::ReloadWhenChanged() {
  const absl::Time now = clock_->Now();
  if (now - looked_ < absl::Seconds(1)) return;
  looked_ = now;
  struct stat status;
  if (stat(path_.c_str(), &status) == 0) {
    const Stamp stamp = {static_cast<int64_t>(status.st_dev), static_cast<int64_t>(status.st_ino),
                         status.st_size, status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec};
    if (stamp == stamp_) return;
  }
  if (absl::Status loaded = Load(); !loaded.ok() && on_error_) on_error_(loaded);
}

absl::Status TokenFile::Load() {
  const int fd = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return FromErrno(path_, errno);
  struct stat status;
  std::string text(kMaxFileBytes + 1, '\0');
  size_t size = 0;
  int error = fstat(fd, &status) == 0 ? 0 : errno;
  while (error == 0 && size < text.size()) {
    const ssize_t got = read(fd, &text[size], text.size() - size);
    if (got == 0) break;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      error = errno;
    } else {
      size += static_cast<size_t>(got);
    }
  }
  close(fd);
  if (error != 0) return FromErrno(path_, error);
  // Remembered also when the content is refused: the same bad file is not read again each second.
  stamp_ = {static_cast<int64_t>(status.st_dev), static_cast<int64_t>(status.st_ino), status.st_size,
            status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec};
  if (size > kMaxFileBytes) return Unusable(path_, absl::StrCat("larger than ", kMaxFileBytes, " bytes"));
  text.resize(size);

  std::vector<Digest> digests;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || line.front() == '#') continue;
    if (line.size() < kMinTokenBytes) {
      return Unusable(path_, absl::StrCat("the token in line ", number, " has ", line.size(),
                                          " characters; the least is ", kMinTokenBytes));
    }
    if (!IsPlain(line)) {
      return Unusable(
          path_, absl::StrCat("the token in line ", number, " has a space or a control character in it"));
    }
    Digest& digest = digests.emplace_back();
    SHA256(reinterpret_cast<const unsigned char*>(line.data()), line.size(), digest.data());
  }
  if (digests.empty()) return Unusable(path_, "holds no token");
  digests_ = std::move(digests);
  return absl::OkStatus();
}

}  // namespace mlfsc
