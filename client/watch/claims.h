// Who works on what, among the watchers of a folder.
#ifndef MLFSC_CLIENT_WATCH_CLAIMS_H_
#define MLFSC_CLIENT_WATCH_CLAIMS_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace mlfsc::client {

// Locks on ranges of a file, which the kernel takes back from who has died. Thread-safe.
class Claims {
 public:
  // Makes the file `path`. Unimplemented when its file system has no locks.
  static absl::StatusOr<std::unique_ptr<Claims>> Open(const std::string& path);
  ~Claims();
  Claims(const Claims&) = delete;
  Claims& operator=(const Claims&) = delete;

  // True: `what` is this object's until it is released. False: another process's, or another object's.
  bool Take(const std::string& what) const;
  void Release(const std::string& what) const;

 private:
  explicit Claims(int file) : file_(file) {}

  bool Lock(const std::string& what, int16_t kind) const;

  const int file_;
};

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_WATCH_CLAIMS_H_
