#include "client/message_size.h"

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"

namespace mlfsc::client {
namespace {

// What has words of its own is still told apart from memory that ran out.
constexpr char kPayload[] = "mlfsc/message_too_large";

absl::Status Explained(absl::string_view words) {
  absl::Status error = absl::ResourceExhaustedError(words);
  error.SetPayload(kPayload, absl::Cord());
  return error;
}

}  // namespace

std::optional<MessageSize> TooLarge(const absl::Status& error) {
  constexpr absl::string_view kBefore = "essage larger than max (";
  constexpr absl::string_view kBetween = " vs. ";
  if (!absl::IsResourceExhausted(error)) return std::nullopt;
  absl::string_view rest = error.message();
  const size_t begin = rest.find(kBefore);
  if (begin == absl::string_view::npos) return std::nullopt;
  rest.remove_prefix(begin + kBefore.size());
  const size_t between = rest.find(kBetween);
  const size_t end = rest.find(')');
  MessageSize size;
  if (between == absl::string_view::npos || end == absl::string_view::npos || end < between ||
      !absl::SimpleAtoi(rest.substr(0, between), &size.bytes) ||
      !absl::SimpleAtoi(rest.substr(between + kBetween.size(), end - between - kBetween.size()),
                        &size.limit)) {
    return std::nullopt;
  }
  return size;
}

bool IsAboutSize(const absl::Status& error) {
  return TooLarge(error).has_value() || error.GetPayload(kPayload).has_value();
}

absl::Status ExplainSize(const absl::Status& error, size_t sent) {
  const std::optional<MessageSize> size = TooLarge(error);
  if (!size.has_value()) return error;
  if (absl::StrContains(error.message(), "Sent message")) {
    return Explained(
        absl::StrFormat("the picture makes a message of %d bytes; the limit of this client is %d: send it "
                        "compressed (PNG, JPEG), or fewer pixels",
                        size->bytes, size->limit));
  }
  if (size->bytes == static_cast<int64_t>(sent)) {
    return Explained(
        absl::StrFormat("the picture makes a message of %d bytes; the limit of the server is %d "
                        "(--max_message_bytes): send it compressed (PNG, JPEG), or fewer pixels",
                        size->bytes, size->limit));
  }
  return Explained(absl::StrFormat(
      "the answer has %d bytes; the limit of this client is %d: ask for a map as a PNG picture "
      "(COLOR_MAP_PNG; mlfsc heatmap --format map), or send a smaller picture",
      size->bytes, size->limit));
}

}  // namespace mlfsc::client
