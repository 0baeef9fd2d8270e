// Masks: pictures that say where another picture is defective.
#ifndef MLFSC_CLIENT_PICTURES_MASK_FILE_H_
#define MLFSC_CLIENT_PICTURES_MASK_FILE_H_

#include <string>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/image/picture_header.h"

namespace mlfsc::client {

// [height, width] CV_8UC1 of a mask file: 1 where it is defect, else 0, turned as its own EXIF orientation
// says. Whatever differs from the background is defect:
//
// - Grey and colour of any depth: the background is 0 in all channels.
// - Palettes (PNG, BMP, TIFF): the background is entry 0, whatever its colour. Refused when entry 0 is not
// black and
//   a black entry is in use as well: which of the two is background cannot be told.
// - Alpha (PNG) that is the same everywhere says nothing. Else what is fully transparent is background, and
// what
//   is left goes by its colour, or, where all of that is black, is defect.
// - JPEG blurs edges: defect is what is above half of the brightest sample. Refused when nothing is brighter
// than
//   16, or when something darker than half stands apart from what is brighter: class numbers do not survive
//   JPEG.
//
// InvalidArgument when it cannot be decoded or is refused. A mask without a defective pixel is none of these.
// Thread-safe.
absl::StatusOr<cv::Mat> DecodeMask(absl::string_view bytes);

// Of a mask as DecodeMask and ReadMasks give it: the share of its pixels that is defect.
double DefectiveShare(const cv::Mat& mask);

// Which picture a mask was drawn on, where the file is turned by EXIF and the mask states no orientation.
enum class MaskFrame {
  // What the sides tell; refused where they fit either way and it matters.
  kBySides,
  // The picture as the file holds it: the mask is turned with it.
  kStored,
  // The picture as it is seen.
  kUpright,
};

// The union of mask files, [picture.height, picture.width] CV_8UC1. An error names the mask's path: of
// DecodeMask; sides that are not the picture's; MaskFrame::kBySides that cannot be told; not one defective
// pixel. `turned`: whether one of them was turned with the picture; may be null.
absl::StatusOr<cv::Mat> ReadMasks(const std::vector<std::string>& paths, const PictureFrame& picture,
                                  MaskFrame frame, bool* turned = nullptr);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_PICTURES_MASK_FILE_H_
