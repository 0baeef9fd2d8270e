// A plain TCP connection to a port of this machine, for clients that do not behave.
#ifndef MLFSC_TESTS_TESTING_LOCAL_SOCKET_H_
#define MLFSC_TESTS_TESTING_LOCAL_SOCKET_H_

#include <string>

#include "absl/strings/string_view.h"

namespace mlfsc::testing {

// Not thread-safe. The destructor closes the connection.
class LocalSocket {
 public:
  explicit LocalSocket(int port);
  ~LocalSocket();
  LocalSocket(const LocalSocket&) = delete;
  LocalSocket& operator=(const LocalSocket&) = delete;

  bool connected() const { return connected_; }
  // Whether all of it has been taken.
  bool Write(absl::string_view bytes);
  std::string ReadToEnd();
  // Waits until something comes or the other side closes, at most `milliseconds`; false for neither.
  bool AwaitInput(int milliseconds);
  // The other side finds the connection reset, not ended.
  void ResetOnClose();

 private:
  int fd_;
  bool connected_;
};

}  // namespace mlfsc::testing

#endif  // MLFSC_TESTS_TESTING_LOCAL_SOCKET_H_
