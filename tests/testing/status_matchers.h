// Matchers for absl::Status, which Debian's Abseil does not have.
#ifndef MLFSC_TESTS_TESTING_STATUS_MATCHERS_H_
#define MLFSC_TESTS_TESTING_STATUS_MATCHERS_H_

#include <string>

#include <gmock/gmock.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace mlfsc::testing {

inline const absl::Status& ToStatus(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& ToStatus(const absl::StatusOr<T>& status_or) {
  return status_or.status();
}

MATCHER(IsOk, "is OK") {
  *result_listener << ToStatus(arg).ToString();
  return ToStatus(arg).ok();
}

// `message`: a matcher for the text, such as HasSubstr("8192").
MATCHER_P2(StatusIs, code, message, "") {
  const absl::Status& status = ToStatus(arg);
  *result_listener << status.ToString();
  return status.code() == code &&
         ::testing::ExplainMatchResult(message, std::string(status.message()), result_listener);
}

// `value`: a matcher for what an absl::StatusOr holds.
MATCHER_P(IsOkAndHolds, value, "") {
  *result_listener << arg.status().ToString();
  return arg.ok() && ::testing::ExplainMatchResult(value, *arg, result_listener);
}

}  // namespace mlfsc::testing

#endif  // MLFSC_TESTS_TESTING_STATUS_MATCHERS_H_
