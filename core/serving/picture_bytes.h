// A picture as it came over the wire.
#ifndef MLFSC_CORE_SERVING_PICTURE_BYTES_H_
#define MLFSC_CORE_SERVING_PICTURE_BYTES_H_

#include <variant>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/decoding/file_decoder.h"
#include "core/image/decode.h"

namespace mlfsc {

// An encoded file or raw pixels; the bytes belong to the request.
using PictureBytes = std::variant<EncodedPicture, RawPixels>;

// DecodePicture or DecodeRawPixels, whichever it is. `decoder`: what decodes files, within the same limits;
// null for this thread itself, which pixels are left to in any case.
absl::StatusOr<Image> Decode(const PictureBytes& picture, const PictureLimits& limits,
                             FileDecoder* decoder = nullptr);

}  // namespace mlfsc

#endif  // MLFSC_CORE_SERVING_PICTURE_BYTES_H_
