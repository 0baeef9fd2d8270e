// What the server found odd about pictures, said once.
#ifndef MLFSC_CLIENT_COMMANDS_PICTURE_NOTICES_H_
#define MLFSC_CLIENT_COMMANDS_PICTURE_NOTICES_H_

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "core/base/mutex.h"

namespace mlfsc::client {

// Thread-safe.
class PictureNotices {
 public:
  // Of the picture at `path`; an empty `text`: nothing is odd about it. `pictures`: in how many it was seen.
  // Returns whether the text is new.
  bool Add(const std::string& path, const std::string& text, int64_t pictures = 1);

  // A line for each text, with the first picture by name and how many others there are. Prints nothing when
  // there is none.
  void Print(std::ostream* err) const;

 private:
  struct Notice {
    std::string text;
    std::string path;
    int64_t pictures = 0;
  };

  mutable Mutex mutex_;
  std::vector<Notice> notices_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_COMMANDS_PICTURE_NOTICES_H_
