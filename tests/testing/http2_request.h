// A gRPC request as bytes on a connection, for clients that stop in the midst of it.
#ifndef MLFSC_TESTS_TESTING_HTTP2_REQUEST_H_
#define MLFSC_TESTS_TESTING_HTTP2_REQUEST_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace mlfsc::testing {

// Largest `message` that a server takes before it has said that it takes more (RFC 9113, 6.9.2).
inline constexpr size_t kMostUnasked = 65535 - 5;

// What a client has to say of itself and its stream.
struct Http2Client {
  // Bytes of an answer that it takes without being asked; 0: no answer ever leaves the server.
  uint32_t window = 65535;
  // Whether the message is the last one.
  bool ends = true;
};

// A whole connection up to the end of one message: preface, settings, headers, and `message`, at most
// kMostUnasked bytes, as data. `path`: "/mlfsc.v1.InspectionService/Score".
std::string Http2Request(absl::string_view path, absl::string_view message, const Http2Client& client = {});

}  // namespace mlfsc::testing

#endif  // MLFSC_TESTS_TESTING_HTTP2_REQUEST_H_
