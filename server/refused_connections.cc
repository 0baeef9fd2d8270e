// Connections beyond what the process may have open.
//
// gRPC 1.51 stops listening, for ever, when accept4 fails with anything but EINTR and EAGAIN: also when there
// are no more files for a moment, or when a connection was broken off before it was accepted. So this
// program's accept4, which the library finds before glibc's, knows only success and EAGAIN: what cannot be
// had is accepted into a file that is kept for that, and closed, so that its client hears of it at once.
#include <cerrno>
#include <mutex>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using Accept = int (*)(int, sockaddr*, socklen_t*, int);

class Doorman {
 public:
  Doorman() { KeepAFile(); }

  // Takes the next connection of `listener` and closes it. Whether there was one.
  bool TurnAway(Accept accept_one, int listener) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (kept_ >= 0) close(kept_);
    const int turned_away = accept_one(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (turned_away >= 0) close(turned_away);
    KeepAFile();
    return turned_away >= 0;
  }

 private:
  void KeepAFile() { kept_ = open("/dev/null", O_RDONLY | O_CLOEXEC); }

  std::mutex mutex_;
  int kept_ = -1;
};

}  // namespace

extern "C" int accept4(int listener, sockaddr* address, socklen_t* size, int flags) {
  static const auto next = reinterpret_cast<Accept>(dlsym(RTLD_NEXT, "accept4"));
  static Doorman doorman;
  while (true) {
    const int connection = next(listener, address, size, flags);
    if (connection >= 0) return connection;
    switch (errno) {
      case EMFILE:
      case ENFILE:
      case ENOBUFS:
      case ENOMEM:
        if (doorman.TurnAway(next, listener)) continue;
        // The next one to come is the next chance.
        errno = EAGAIN;
        return -1;
      case EINTR:
      case ECONNABORTED:
      case EPROTO:
      case EPERM:
      case ENETDOWN:
      case ENETUNREACH:
      case ENONET:
      case EHOSTDOWN:
      case EHOSTUNREACH:
      case ENOPROTOOPT:
        // Of this connection; there may be more.
        continue;
      default:
        return -1;
    }
  }
}
