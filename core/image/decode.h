// The door for pictures: bytes from anyone to an Image, or a clear refusal.
#ifndef MLFSC_CORE_IMAGE_DECODE_H_
#define MLFSC_CORE_IMAGE_DECODE_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/image/image.h"

namespace mlfsc {

struct PictureLimits {
  // Of an encoded file.
  size_t max_bytes = size_t{32} << 20;
  // Pixels a side, looked at in the file's header before anything is decoded.
  int max_side = 8192;
  // Pixels a side.
  int min_side = 16;
};

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

// Decodes a PNG, JPEG, BMP or TIFF file: 8 or 16 bits, grey or RGB; alpha is dropped, EXIF orientation is
// applied (the limits hold for the sides as stored). Every refusal is InvalidArgument and names the value and
// the limit. Thread-safe.
absl::StatusOr<Image> DecodePicture(absl::string_view bytes, const PictureLimits& limits);

// As above for raw pixels; float32 values must be finite and are clamped to [0, 1].
absl::StatusOr<Image> DecodeRawPixels(const RawPixels& raw, const PictureLimits& limits);

}  // namespace mlfsc

#endif  // MLFSC_CORE_IMAGE_DECODE_H_
