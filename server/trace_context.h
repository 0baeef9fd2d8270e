// W3C Trace Context: which trace of the caller's a call belongs to.
#ifndef MLFSC_SERVER_TRACE_CONTEXT_H_
#define MLFSC_SERVER_TRACE_CONTEXT_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace mlfsc {

struct TraceContext {
  // 32 hexadecimal digits.
  std::string trace_id;
  // The caller's span; 16 hexadecimal digits.
  std::string parent_id;
};

// The value of a `traceparent` header (https://www.w3.org/TR/trace-context/#traceparent-header), of version 0
// or of a later one, whose first four fields are the same. Nothing when it is not valid: a caller's mistake
// there is no reason to refuse a picture.
std::optional<TraceContext> ParseTraceparent(absl::string_view value);

}  // namespace mlfsc

#endif  // MLFSC_SERVER_TRACE_CONTEXT_H_
