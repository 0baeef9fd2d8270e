#include "core/decoding/message_socket.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/base/clock.h"
#include "core/base/error_text.h"
#include "core/decoding/descriptors.h"

namespace mlfsc {
namespace {

// Whether something can be read (or the other end is gone) before `deadline` of the real clock.
bool AwaitReadable(int socket, absl::Time deadline) {
  while (true) {
    const absl::Duration left = deadline - Clock::Real()->Now();
    pollfd waiting = {socket, POLLIN, 0};
    const auto milliseconds = absl::ToInt64Milliseconds(absl::Ceil(left, absl::Milliseconds(1)));
    const int ready = poll(&waiting, 1, static_cast<int>(std::clamp<int64_t>(milliseconds, 0, 1 << 30)));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return true;
    if (left <= absl::ZeroDuration()) return false;
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<MessageSocket>> MessageSocket::Create() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return absl::ResourceExhaustedError(absl::StrCat("no socket: ", ErrorText(errno)));
  }
  const int socket = MoveOutOfTheWay(ends[0]);
  const int peer = MoveOutOfTheWay(ends[1]);
  if (socket < 0 || peer < 0) {
    close(socket);
    close(peer);
    return absl::ResourceExhaustedError("no descriptors are left");
  }
  return std::unique_ptr<MessageSocket>(new MessageSocket(socket, peer));
}

MessageSocket::~MessageSocket() {
  ClosePeer();
  close(socket_);
}

void MessageSocket::ClosePeer() {
  if (peer_ >= 0) close(peer_);
  peer_ = -1;
}

bool MessageSocket::Send(const void* message, size_t size) {
  ssize_t sent;
  do {
    sent = send(socket_, message, size, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent == static_cast<ssize_t>(size);
}

absl::StatusOr<size_t> MessageSocket::Receive(void* message, size_t size, absl::Duration limit) {
  if (!AwaitReadable(socket_, Clock::Real()->Now() + limit)) {
    return absl::DeadlineExceededError(absl::StrCat("the limit of ", absl::FormatDuration(limit)));
  }
  ssize_t received;
  do {
    // The real length, even where the message is longer.
    received = recv(socket_, message, size, MSG_TRUNC | MSG_DONTWAIT);
  } while (received < 0 && errno == EINTR);
  return received < 0 ? 0 : static_cast<size_t>(received);
}

void MessageSocket::ShutDown() { shutdown(socket_, SHUT_RDWR); }

}  // namespace mlfsc
