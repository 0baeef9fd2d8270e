#include "tests/testing/http2_request.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"

namespace mlfsc::testing {
namespace {

// Frame types and flags of RFC 9113.
constexpr char kData = 0;
constexpr char kHeaders = 1;
constexpr char kSettings = 4;
constexpr char kEndStream = 1;
constexpr char kEndHeaders = 4;
// A setting.
constexpr uint64_t kInitialWindowSize = 4;
// Largest frame that needs no agreement.
constexpr size_t kMaxFrame = 16384;

std::string BigEndian(uint64_t value, int bytes) {
  std::string text;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) text += static_cast<char>(value >> shift);
  return text;
}

std::string Frame(char type, char flags, uint32_t stream, absl::string_view payload) {
  return absl::StrCat(BigEndian(payload.size(), 3), std::string{type, flags}, BigEndian(stream, 4), payload);
}

// A literal that is not indexed, in plain text (RFC 7541, 6.2.2): names and values below 127 bytes.
std::string Header(absl::string_view name, absl::string_view value) {
  return absl::StrCat(std::string{0, static_cast<char>(name.size())}, name,
                      std::string(1, static_cast<char>(value.size())), value);
}

}  // namespace

std::string Http2Request(absl::string_view path, absl::string_view message, const Http2Client& client) {
  const std::string settings = absl::StrCat(BigEndian(kInitialWindowSize, 2), BigEndian(client.window, 4));
  std::string bytes = absl::StrCat("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Frame(kSettings, 0, 0, settings));
  absl::StrAppend(
      &bytes, Frame(kHeaders, kEndHeaders, 1,
                    absl::StrCat(Header(":method", "POST"), Header(":scheme", "http"), Header(":path", path),
                                 Header(":authority", "localhost"), Header("te", "trailers"),
                                 Header("content-type", "application/grpc"))));
  // Not compressed, and its length.
  const std::string body = absl::StrCat(std::string(1, 0), BigEndian(message.size(), 4), message);
  for (size_t at = 0; at < body.size(); at += kMaxFrame) {
    const bool last = client.ends && at + kMaxFrame >= body.size();
    const char flags = last ? kEndStream : 0;
    absl::StrAppend(&bytes, Frame(kData, flags, 1, absl::string_view(body).substr(at, kMaxFrame)));
  }
  return bytes;
}

}  // namespace mlfsc::testing
