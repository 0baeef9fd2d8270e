// Words for messages that are too large: gRPC's own say two numbers and not whose they are.
#ifndef MLFSC_CLIENT_MESSAGE_SIZE_H_
#define MLFSC_CLIENT_MESSAGE_SIZE_H_

#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/status/status.h"

namespace mlfsc::client {

// Bytes of the message that a call ended for, and the limit; nothing when `error` is another one.
struct MessageSize {
  int64_t bytes = 0;
  int64_t limit = 0;
};
std::optional<MessageSize> TooLarge(const absl::Status& error);

// Whether `error` says, in gRPC's words or in those of ExplainSize, that a message is too large.
bool IsAboutSize(const absl::Status& error);

// `error`, or, when it is about a message that is too large: which one, the limit and the way out.
// `sent`: bytes of the request.
absl::Status ExplainSize(const absl::Status& error, size_t sent);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_MESSAGE_SIZE_H_
