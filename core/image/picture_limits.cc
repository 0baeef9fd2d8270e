#include "core/image/picture_limits.h"

#include <algorithm>

#include "absl/strings/str_format.h"

namespace mlfsc {

absl::Status CheckSides(int64_t width, int64_t height, const PictureLimits& limits) {
  if (std::max(width, height) > limits.max_side) {
    return absl::InvalidArgumentError(
        absl::StrFormat("picture is %dx%d px; the limit is %d px a side", width, height, limits.max_side));
  }
  if (std::min(width, height) < limits.min_side) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "picture is %dx%d px; it must have at least %d px a side", width, height, limits.min_side));
  }
  return absl::OkStatus();
}

}  // namespace mlfsc
