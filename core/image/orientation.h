// EXIF orientation: how a camera was held.
#ifndef MLFSC_CORE_IMAGE_ORIENTATION_H_
#define MLFSC_CORE_IMAGE_ORIENTATION_H_

#include <opencv2/core/mat.hpp>

#include "absl/strings/string_view.h"

namespace mlfsc {

// EXIF's numbers: where the first row and column of the stored picture lie in the upright one. 5 to 8 swap
// width and height.
inline constexpr int kUpright = 1;
inline constexpr int kOrientations = 8;

// The orientation that an EXIF block states: a TIFF structure, as in a JPEG file's APP1 segment after
// "Exif\0\0" and in a PNG file's eXIf chunk. kUpright when it states none or is damaged: that spoils no
// pixel. Thread-safe.
int ReadExifOrientation(absl::string_view exif);

// The stored picture turned and mirrored upright. `orientation`: 1 to 8. Shares the pixels when there is
// nothing to do. Thread-safe.
cv::Mat Upright(const cv::Mat& stored, int orientation);

}  // namespace mlfsc

#endif  // MLFSC_CORE_IMAGE_ORIENTATION_H_
