// One end of a connection that carries whole messages between this process and a child.
#ifndef MLFSC_CORE_DECODING_MESSAGE_SOCKET_H_
#define MLFSC_CORE_DECODING_MESSAGE_SOCKET_H_

#include <cstddef>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace mlfsc {

// Used by one thread at a time, but for ShutDown.
class MessageSocket {
 public:
  // ResourceExhausted when no descriptor is left.
  static absl::StatusOr<std::unique_ptr<MessageSocket>> Create();
  ~MessageSocket();
  MessageSocket(const MessageSocket&) = delete;
  MessageSocket& operator=(const MessageSocket&) = delete;

  // The other end, for a child; closed on exec. -1 once it was given away.
  int peer() const { return peer_; }
  // To be called when the child has it: that the child ends is seen only then.
  void ClosePeer();

  // Whether somebody has taken all `size` bytes.
  bool Send(const void* message, size_t size);

  // Waits for a message and writes its first `size` bytes to `message`. Returns the length that it really
  // had; 0 when the other end is gone. DeadlineExceeded after `limit`.
  absl::StatusOr<size_t> Receive(void* message, size_t size, absl::Duration limit);

  // The connection ends: a Receive under way returns soon. From any thread.
  void ShutDown();

 private:
  MessageSocket(int socket, int peer) : socket_(socket), peer_(peer) {}

  const int socket_;
  int peer_;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_DECODING_MESSAGE_SOCKET_H_
