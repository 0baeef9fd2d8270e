// The file formats, a function each; DecodePicture picks one of them.
#ifndef MLFSC_CORE_IMAGE_DECODERS_H_
#define MLFSC_CORE_IMAGE_DECODERS_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/image/bit_depth.h"
#include "core/image/encoded_picture.h"
#include "core/image/image.h"
#include "core/image/orientation.h"
#include "core/image/picture_limits.h"

namespace mlfsc {

// Pixels as the file stores them.
struct StoredPicture {
  // With white where the file has it, and no full scale yet: see bit_depth.h.
  Image image;
  SampleBits bits;
  // To be applied to `image`: see orientation.h.
  int orientation = kUpright;
};

// Each takes a whole file of its format; only TIFF files have pages. InvalidArgument for sides outside the
// limits, found before memory is taken for the pixels; for what the format allows but is not read here, by
// name; for a file that is truncated or damaged. OpenCV's exception when memory runs out. Thread-safe.
absl::StatusOr<StoredPicture> DecodePng(absl::string_view bytes, const PictureLimits& limits);
absl::StatusOr<StoredPicture> DecodeJpeg(absl::string_view bytes, const PictureLimits& limits);
absl::StatusOr<StoredPicture> DecodeBmp(absl::string_view bytes, const PictureLimits& limits);
absl::StatusOr<StoredPicture> DecodeTiff(const EncodedPicture& file, const PictureLimits& limits);

}  // namespace mlfsc

#endif  // MLFSC_CORE_IMAGE_DECODERS_H_
