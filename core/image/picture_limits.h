// What size of picture is accepted.
#ifndef MLFSC_CORE_IMAGE_PICTURE_LIMITS_H_
#define MLFSC_CORE_IMAGE_PICTURE_LIMITS_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"

namespace mlfsc {

struct PictureLimits {
  // Of an encoded file.
  size_t max_bytes = size_t{32} << 20;
  // Pixels a side, looked at in the file's header before anything is decoded.
  int max_side = 8192;
  // Pixels a side.
  int min_side = 16;
};

// InvalidArgument that names the sides and the limit when width or height is outside [min_side, max_side].
absl::Status CheckSides(int64_t width, int64_t height, const PictureLimits& limits);

}  // namespace mlfsc

#endif  // MLFSC_CORE_IMAGE_PICTURE_LIMITS_H_
