// A picture as it came over the wire.
#ifndef MLFSC_CORE_SERVING_PICTURE_BYTES_H_
#define MLFSC_CORE_SERVING_PICTURE_BYTES_H_

#include <variant>

#include "absl/strings/string_view.h"
#include "core/image/decode.h"

namespace mlfsc {

// An encoded file or raw pixels; the bytes belong to the request.
using PictureBytes = std::variant<absl::string_view, RawPixels>;

}  // namespace mlfsc

#endif  // MLFSC_CORE_SERVING_PICTURE_BYTES_H_
