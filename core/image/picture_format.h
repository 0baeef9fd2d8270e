// Telling picture files apart by their first bytes.
#ifndef MLFSC_CORE_IMAGE_PICTURE_FORMAT_H_
#define MLFSC_CORE_IMAGE_PICTURE_FORMAT_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace mlfsc {

enum class PictureFormat { kPng, kJpeg, kBmp, kTiff };

// InvalidArgument for anything else: it names the format when that is known (GIF, WebP, ...) and quotes the
// first bytes when not. Thread-safe.
absl::StatusOr<PictureFormat> DetectFormat(absl::string_view bytes);

}  // namespace mlfsc

#endif  // MLFSC_CORE_IMAGE_PICTURE_FORMAT_H_
