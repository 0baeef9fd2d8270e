#include "client/watch/writers.h"

#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "client/watch/folder.h"

namespace mlfsc::client {
namespace {

// By a read lease, which the kernel gives only while nobody writes. Given back at once: whoever wants to open
// the file meanwhile waits for that.
Writing AskForLease(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return Writing::kUnknown;
  // The holder of a lease is told of such a wish by SIGIO, which would end the process; SIGURG is ignored.
  const bool told_gently = fcntl(file, F_SETSIG, SIGURG) == 0;
  Writing writing = Writing::kUnknown;
  if (told_gently && fcntl(file, F_SETLEASE, F_RDLCK) == 0) {
    writing = Writing::kNo;
    fcntl(file, F_SETLEASE, F_UNLCK);
  } else if (told_gently && errno == EAGAIN) {
    writing = Writing::kYes;
  }
  close(file);
  return writing;
}

}  // namespace

Writers::Writers(const std::string& folder) : folder_(folder), on_network_(IsOnNetwork(folder)) {
  if (on_network_) return;
  events_ = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (events_ < 0) return;
  inotify_add_watch(events_, folder.c_str(),
                    IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ONLYDIR);
}

Writers::~Writers() {
  if (events_ >= 0) close(events_);
}

void Writers::Update() {
  if (events_ < 0) return;
  alignas(inotify_event) char buffer[1 << 16];
  while (true) {
    const ssize_t length = read(events_, buffer, sizeof(buffer));
    if (length < 0 && errno == EINTR) continue;
    if (length <= 0) return;
    for (ssize_t at = 0; at < length;) {
      const auto* const event = reinterpret_cast<const inotify_event*>(buffer + at);
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
      const std::string name = event->len > 0 ? event->name : "";
      if ((event->mask & IN_Q_OVERFLOW) != 0) {
        heard_.clear();
      } else if ((event->mask & IN_MODIFY) != 0) {
        heard_[name] = Writing::kYes;
      } else if ((event->mask & (IN_CLOSE_WRITE | IN_MOVED_TO)) != 0) {
        heard_[name] = Writing::kNo;
      } else {
        heard_.erase(name);
      }
    }
  }
}

Writing Writers::Of(const std::string& name) const {
  if (on_network_) return Writing::kUnknown;
  const Writing asked = AskForLease(absl::StrCat(folder_, "/", name));
  if (asked != Writing::kUnknown) return asked;
  const auto heard = heard_.find(name);
  return heard == heard_.end() ? Writing::kUnknown : heard->second;
}

}  // namespace mlfsc::client
