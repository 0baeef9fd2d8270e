// Maps as pictures for people.
#ifndef MLFSC_CORE_IMAGE_DRAW_H_
#define MLFSC_CORE_IMAGE_DRAW_H_

#include <string>

#include "absl/status/statusor.h"
#include "core/image/image.h"

namespace mlfsc {

// `intensity`: [height, width] CV_32FC1, 0 (black) to 1 (brightest); values outside are clamped, NaN counts
// as 0. Lightness grows evenly with it, for colour-blind people and grey print. Returns an Image CV_8UC3.
Image ColorMap(const cv::Mat& intensity);

// The colour map over the picture (`intensity` has the picture's size). Where intensity is 0 the picture
// shows through unchanged; the map covers it more the brighter it is, never wholly. Returns an Image CV_8UC3.
Image Overlay(const Image& image, const cv::Mat& intensity);

// A PNG file, 8 bits a sample; deeper pictures are scaled. Internal when libpng cannot write it.
absl::StatusOr<std::string> EncodePng(const Image& image);

}  // namespace mlfsc

#endif  // MLFSC_CORE_IMAGE_DRAW_H_
