#include "server/trace_context.h"

#include <cstddef>

namespace mlfsc {
namespace {

constexpr absl::string_view kHexDigits = "0123456789abcdef";
// 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
constexpr size_t kVersionEnd = 2;
constexpr size_t kTraceIdEnd = 35;
constexpr size_t kParentIdEnd = 52;
constexpr size_t kLength = 55;

bool IsHex(absl::string_view text) { return text.find_first_not_of(kHexDigits) == absl::string_view::npos; }

bool IsId(absl::string_view text) {
  return IsHex(text) && text.find_first_not_of('0') != absl::string_view::npos;
}

}  // namespace

std::optional<TraceContext> ParseTraceparent(absl::string_view value) {
  if (value.size() < kLength) return std::nullopt;
  const absl::string_view version = value.substr(0, kVersionEnd);
  if (!IsHex(version) || version == "ff") return std::nullopt;
  if (value.size() > kLength && (version == "00" || value[kLength] != '-')) return std::nullopt;
  if (value[kVersionEnd] != '-' || value[kTraceIdEnd] != '-' || value[kParentIdEnd] != '-') {
    return std::nullopt;
  }
  const absl::string_view trace_id = value.substr(kVersionEnd + 1, kTraceIdEnd - kVersionEnd - 1);
  const absl::string_view parent_id = value.substr(kTraceIdEnd + 1, kParentIdEnd - kTraceIdEnd - 1);
  const absl::string_view flags = value.substr(kParentIdEnd + 1, kLength - kParentIdEnd - 1);
  if (!IsId(trace_id) || !IsId(parent_id) || !IsHex(flags)) return std::nullopt;
  return TraceContext{std::string(trace_id), std::string(parent_id)};
}

}  // namespace mlfsc
