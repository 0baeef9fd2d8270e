// Who has a picture open for writing.
#ifndef MLFSC_CLIENT_WATCH_WRITERS_H_
#define MLFSC_CLIENT_WATCH_WRITERS_H_

#include <map>
#include <string>

namespace mlfsc::client {

enum class Writing { kYes, kNo, kUnknown };

// On this machine's own disks, the kernel knows whether a file is open for writing: it tells those who may
// ask (the file's owner, and root) when they want a lease on it, and everyone by inotify, from the start of
// the watch on. On network folders writers may be on other machines, and nothing is known.
//
// Update is called by one thread while none calls Of; Of is thread-safe.
class Writers {
 public:
  explicit Writers(const std::string& folder);
  ~Writers();
  Writers(const Writers&) = delete;
  Writers& operator=(const Writers&) = delete;

  // Takes in what has happened since.
  void Update();

  // Whether anybody has the file `name` of the folder open for writing now.
  Writing Of(const std::string& name) const;

 private:
  const std::string folder_;
  const bool on_network_;
  // Of inotify; -1 where there is none.
  int events_ = -1;
  // What events told last of a file.
  std::map<std::string, Writing> heard_;
};

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_WATCH_WRITERS_H_
