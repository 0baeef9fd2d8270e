// Bearer tokens from a file.
#ifndef MLFSC_SERVER_ACCESS_TOKEN_FILE_H_
#define MLFSC_SERVER_ACCESS_TOKEN_FILE_H_

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/mutex.h"

namespace mlfsc {

// The tokens of one file, one a line; blank lines and lines that begin with '#' are skipped, so that two
// tokens can stand side by side while clients move from one to the other. The file is read again when it
// changes, at most once a second; when the new one cannot be used, the old tokens stay and `on_error` hears
// of it. Thread-safe.
class TokenFile {
 public:
  static constexpr size_t kMinTokenBytes = 16;
  static constexpr size_t kMaxFileBytes = 64 << 10;

  // InvalidArgument or NotFound, naming the file and what is wrong: it cannot be read, is larger than
  // kMaxFileBytes, holds no token, or a token is shorter than kMinTokenBytes or has a space or control
  // character in it. `clock` outlives the object.
  static absl::StatusOr<std::unique_ptr<TokenFile>> Open(
      const std::string& path, Clock* clock, std::function<void(const absl::Status&)> on_error = nullptr);

  // Whether `token` is one of the file's. Takes the same time for every token of a length, right or wrong.
  bool Holds(absl::string_view token);

 private:
  using Digest = std::array<unsigned char, 32>;

  // What tells one state of the file from another.
  struct Stamp {
    int64_t device = 0;
    int64_t inode = 0;
    int64_t size = 0;
    int64_t modified_ns = 0;
    bool operator==(const Stamp& o) const {
      return device == o.device && inode == o.inode && size == o.size && modified_ns == o.modified_ns;
    }
  };

  TokenFile(std::string path, Clock* clock, std::function<void(const absl::Status&)> on_error);
  absl::Status Load() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ReloadWhenChanged() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string path_;
  Clock* const clock_;
  const std::function<void(const absl::Status&)> on_error_;
  Mutex mutex_;
  // SHA-256 of each token: all comparisons are of one length.
  std::vector<Digest> digests_ ABSL_GUARDED_BY(mutex_);
  Stamp stamp_ ABSL_GUARDED_BY(mutex_);
  absl::Time looked_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlfsc

#endif  // MLFSC_SERVER_ACCESS_TOKEN_FILE_H_
