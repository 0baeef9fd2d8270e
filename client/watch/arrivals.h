// Which pictures in a folder are new and whole.
#ifndef MLFSC_CLIENT_WATCH_ARRIVALS_H_
#define MLFSC_CLIENT_WATCH_ARRIVALS_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/watch/folder.h"

namespace mlfsc::client {

// Tells a picture that is being written from one that is whole: nobody writes to it, as far as that is known,
// and nobody has changed it for a while. Waiting works everywhere, also on network folders, which do not tell
// who writes. Not thread-safe.
class Arrivals {
 public:
  // A file is whole when it has had the same size and times for `settle`, an empty one for ten times as long.
  explicit Arrivals(absl::Duration settle) : settle_(settle) {}

  // `files`: what is there at `now`; `is_known(file)`: it needs nothing more; `is_written(file)`: somebody is
  // known to be writing to it. Those that are whole and not known, in the order of `files`.
  std::vector<PictureFile> Poll(const std::vector<PictureFile>& files, absl::Time now,
                                const std::function<bool(const PictureFile&)>& is_known,
                                const std::function<bool(const PictureFile&)>& is_written);

  // The picture cannot be whole: perhaps its writer only paused. Poll gives it again once it has been the
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
