// What a picture file says of itself before its pixels.
#ifndef MLFSC_CORE_IMAGE_PICTURE_HEADER_H_
#define MLFSC_CORE_IMAGE_PICTURE_HEADER_H_

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"
#include "core/image/orientation.h"

namespace mlfsc {

// The sides of a picture set upright, and the EXIF orientation (core/image/orientation.h) that did it.
struct PictureFrame {
  int width = 0;
  int height = 0;
  int orientation = kUpright;
};

// The orientation that decoding a PNG, JPEG or TIFF file applies; kUpright for any other. Thread-safe.
int OrientationOf(absl::string_view bytes);

// As the header has it (of a TIFF file its first page's); nothing for what is no PNG, JPEG, BMP or TIFF file,
// or ends in its header. Thread-safe.
std::optional<PictureFrame> FrameOf(absl::string_view bytes);

// Pixels of the picture that decoding the file gives, at most: of a TIFF file, whose pages are chosen from,
// those of the largest. 0 for what FrameOf has nothing for. Thread-safe.
int64_t MostPixelsOf(absl::string_view bytes);

}  // namespace mlfsc

#endif  // MLFSC_CORE_IMAGE_PICTURE_HEADER_H_
