#include "client/web/answers.h"

#include <optional>

#include <nlohmann/json.hpp>

#include "core/base/retry_hint.h"

namespace mlfsc::client {
namespace {

using Json = nlohmann::ordered_json;

const char kJson[] = "application/json";

// File names and messages may hold bytes that are not UTF-8.
std::string Dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

int HttpStatus(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk:
      return 200;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return 400;
    // The inspection server wants another token than `mlfsc web` has: nothing that the visitor could send.
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kCancelled:
      return 409;
    case absl::StatusCode::kResourceExhausted:
      return 429;
    case absl::StatusCode::kUnimplemented:
      return 501;
    case absl::StatusCode::kUnavailable:
      return 503;
    case absl::StatusCode::kDeadlineExceeded:
      return 504;
    default:
      return 500;
  }
}

void Answer(const Json& json, httplib::Response* response) {
  response->status = 200;
  response->set_content(Dump(json), kJson);
}

void AnswerError(const absl::Status& status, httplib::Response* response) {
  Json error = {{"code", absl::StatusCodeToString(status.code())},
                {"message", std::string(status.message())}};
  if (const std::optional<absl::Duration> delay = RetryDelay(status)) {
    error["retry_after"] = absl::ToDoubleSeconds(*delay);
  }
  response->status = HttpStatus(status.code());
  response->set_content(Dump({{"error", error}}), kJson);
}

void AnswerError(int http_status, const std::string& code, const std::string& message,
                 httplib::Response* response) {
  response->status = http_status;
  response->set_content(Dump({{"error", {{"code", code}, {"message", message}}}}), kJson);
}

}  // namespace mlfsc::client
