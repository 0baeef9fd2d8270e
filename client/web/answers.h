// What the page is answered: JSON, and errors as JSON.
#ifndef MLFSC_CLIENT_WEB_ANSWERS_H_
#define MLFSC_CLIENT_WEB_ANSWERS_H_

#include <string>

#include <httplib.h>
#include <nlohmann/json_fwd.hpp>

#include "absl/status/status.h"

namespace mlfsc::client {

// Of the wire's status codes, 200 for OK. Those of the page's own server (401, 411, 413) are not among them.
int HttpStatus(absl::StatusCode code);

void Answer(const nlohmann::ordered_json& json, httplib::Response* response);

// {"error": {"code": "NOT_FOUND", "message": "..."}}; with `retry_after` seconds where trying again may help.
void AnswerError(const absl::Status& status, httplib::Response* response);
void AnswerError(int http_status, const std::string& code, const std::string& message,
                 httplib::Response* response);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_WEB_ANSWERS_H_
