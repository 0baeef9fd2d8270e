// Which pictures in a folder are new and whole.
#ifndef MLFSC_CLIENT_WATCH_ARRIVALS_H_
#define MLFSC_CLIENT_WATCH_ARRIVALS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace mlfsc::client {

// One state of one file: written anew, it is another picture.
struct PictureFile {
  // Within the watched folder.
  std::string name;
  int64_t size = 0;
  // Of the last change, in nanoseconds since 1970.
  int64_t time_ns = 0;

  friend bool operator==(const PictureFile& a, const PictureFile& b) {
    return std::tie(a.name, a.size, a.time_ns) == std::tie(b.name, b.size, b.time_ns);
  }
  friend bool operator<(const PictureFile& a, const PictureFile& b) {
    return std::tie(a.time_ns, a.name, a.size) < std::tie(b.time_ns, b.name, b.size);
  }
};

// The picture files right in `folder`, hidden ones left out, oldest change first. Files that go away
// meanwhile are left out. NotFound when there is no such folder.
absl::StatusOr<std::vector<PictureFile>> ListPictureFiles(const std::string& folder);

// Tells a picture that is being written from one that is whole: nobody has touched it for a while. Network
// folders tell of no closed files, and cameras do not rename; waiting works everywhere. Not thread-safe.
class Arrivals {
 public:
  // A file is whole when it has had the same size and time, and is not empty, for `settle`.
  explicit Arrivals(absl::Duration settle) : settle_(settle) {}

  // `files`: what is there at `now`; `is_known(file)`: it needs nothing more. Those that are whole and not
  // known, in the order of `files`.
  std::vector<PictureFile> Poll(const std::vector<PictureFile>& files, absl::Time now,
                                const std::function<bool(const PictureFile&)>& is_known);

  // The picture could not be read: perhaps its writer only paused. Poll gives it again once it has been the
  // same for ten times as long. False: it has been, and was given before; it is bad.
  bool Defer(const PictureFile& file);

  // Of the last Poll: neither whole nor known.
  int pending() const { return pending_; }

 private:
  struct State {
    PictureFile file;
    absl::Time since;
    bool deferred = false;
  };

  const absl::Duration settle_;
  std::map<std::string, State> states_;
  int pending_ = 0;
};

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_WATCH_ARRIVALS_H_
