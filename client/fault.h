// Whose fault it is that a picture has no answer.
#ifndef MLFSC_CLIENT_FAULT_H_
#define MLFSC_CLIENT_FAULT_H_

#include "absl/status/status.h"

namespace mlfsc::client {

enum class Fault {
  // The picture's: the same one will fail again, the next one may well succeed.
  kPicture,
  // The server's or the network's, for now: the same picture may succeed later. Nothing was found out about
  // it.
  kPassing,
  // Of what was asked for: somebody must do something (another token, a category) before any picture
  // succeeds.
  kLasting,
};

// Of a Score or Heatmap call that failed, as the client gives it.
//
// Only INVALID_ARGUMENT, which the server says of what it has looked at, is the picture's, and a message that
// gRPC finds too large (message_size.h). Memory or a disk that is full, a bundle that is damaged, a crash, a deadline: they
// are no less the server's for being said of one picture.
Fault FaultOf(const absl::Status& error);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_FAULT_H_
