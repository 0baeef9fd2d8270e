#include "tests/testing/local_socket.h"

#include <cstdint>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace mlfsc::testing {

LocalSocket::LocalSocket(int port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  connected_ = fd_ >= 0 && connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

LocalSocket::~LocalSocket() {
  if (fd_ >= 0) close(fd_);
}

bool LocalSocket::Write(absl::string_view bytes) {
  while (connected_ && !bytes.empty()) {
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return connected_;
}

std::string LocalSocket::ReadToEnd() {
  std::string all;
  char buffer[16384];
  for (ssize_t size; (size = read(fd_, buffer, sizeof(buffer))) > 0;) {
    all.append(buffer, static_cast<size_t>(size));
  }
  return all;
}

bool LocalSocket::AwaitInput(int milliseconds) {
  pollfd waited = {fd_, POLLIN, 0};
  return poll(&waited, 1, milliseconds) > 0;
}

void LocalSocket::ResetOnClose() {
  const linger at_once = {1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
}

}  // namespace mlfsc::testing
