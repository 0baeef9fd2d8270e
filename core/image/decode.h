// The door for pictures: bytes from anyone to an Image, or a clear refusal.
#ifndef MLFSC_CORE_IMAGE_DECODE_H_
#define MLFSC_CORE_IMAGE_DECODE_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/image/encoded_picture.h"
#include "core/image/image.h"
#include "core/image/picture_limits.h"

namespace mlfsc {

enum class SampleType { kUint8, kUint16, kFloat32 };

// Pixels as a camera delivers them: rows from the top, no padding, samples of a pixel side by side,
// little-endian.
struct RawPixels {
  // height * width * channels samples.
  absl::string_view data;
  int height = 0;
  int width = 0;
  // 1 (grey), 3 (RGB) or 4 (RGB and alpha, which is dropped).
  int channels = 0;
  SampleType sample_type = SampleType::kUint8;
  // Of kUint16: white is 2^bit_depth - 1; 9 to 16, or 0 for 16.
  int bit_depth = 0;
};

// Decodes a PNG, JPEG, BMP or TIFF file (of several pages the first): grey, colour, palette or CMYK with up
// to 8 bits a sample as 8 bits, grey or RGB with 16 bits (PNG and TIFF) as 16, whose white is what the sender
// or the file states. Alpha is dropped, not blended;
// EXIF orientation is applied (the limits hold for the sides as stored). A file that is cut short or damaged
// is refused, never filled up with grey. Every refusal is InvalidArgument and names the value and the limit;
// ResourceExhausted when memory runs out. Sides are checked before memory is taken for pixels. Prints
// nothing. Thread-safe.
absl::StatusOr<Image> DecodePicture(const EncodedPicture& file, const PictureLimits& limits);

// What DecodePicture refuses before it looks at the first byte.
absl::Status CheckFileSize(absl::string_view bytes, const PictureLimits& limits);

// What it says when memory for a file of `bytes` runs out.
absl::Status NoMemoryToDecode(size_t bytes);

// As DecodePicture for raw pixels. float32 values must be finite and are clamped to [0, 1]; uint16 values
// must not be above white. `limits.max_bytes` does not matter here.
absl::StatusOr<Image> DecodeRawPixels(const RawPixels& raw, const PictureLimits& limits);

}  // namespace mlfsc

#endif  // MLFSC_CORE_IMAGE_DECODE_H_
