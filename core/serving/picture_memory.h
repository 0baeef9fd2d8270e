// What a picture takes on its way through the server, in bytes.
#ifndef MLFSC_CORE_SERVING_PICTURE_MEMORY_H_
#define MLFSC_CORE_SERVING_PICTURE_MEMORY_H_

#include <cstdint>

#include "core/features/feature_options.h"
#include "core/image/image.h"
#include "core/serving/picture_bytes.h"

namespace mlfsc {

// As it came: its bytes, and what is noted of a request.
int64_t RequestMemory(const PictureBytes& picture);

// While it is decoded, by what its header says: in the decoding process (pixels, their copy turned upright,
// what the format's library keeps) and in the server. Pixels count with 3 or 6 bytes each, once in each
// process, and a process takes besides them:
//
//     PNG, BMP   3 or 6 bytes a pixel (turned upright)
//     JPEG       11 (coefficients of a progressive file, turned upright)
//     TIFF       26 (as DecoderMemoryLimit)
//
// Of raw pixels, which the server itself decodes: RGB in their own depth. 0 for what is no picture file. No
// more than a picture of `limits` takes. Thread-safe.
int64_t DecodingMemory(const PictureBytes& picture, const PictureLimits& limits);

// A file whose header has too large sides is refused as DecodePicture refuses it; OK for any other: of several
// pages the first may be a small one.
absl::Status CheckSidesInHeader(const PictureBytes& picture, const PictureLimits& limits);

// Of a decoded picture.
int64_t ImageMemory(const Image& image);

// Of an input and its features, from decoding until they are coded.
int64_t FeatureMemory(const FeatureOptions& options);

}  // namespace mlfsc

#endif  // MLFSC_CORE_SERVING_PICTURE_MEMORY_H_
