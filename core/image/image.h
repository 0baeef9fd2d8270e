// A decoded picture.
#ifndef MLFSC_CORE_IMAGE_IMAGE_H_
#define MLFSC_CORE_IMAGE_IMAGE_H_

#include <opencv2/core/mat.hpp>

namespace mlfsc {

// An upright picture in RGB at the depth it came in. Copies share the pixels; nobody writes to them after
// decoding.
struct Image {
  // [height, width], CV_8UC3, CV_16UC3 or CV_32FC3, channels in the order red, green, blue.
  cv::Mat rgb;
  // The sample value of white: 255, 65535, 2^bit_depth - 1, or 1 for float32.
  double full_scale = 255;
  // Of samples of 16 bits whose depth nobody stated: 10, 12 or 14 when so many bits hold all of them, so that
  // they may be such a camera's; else 0.
  int fits_bits = 0;

  int width() const { return rgb.cols; }
  int height() const { return rgb.rows; }
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_IMAGE_IMAGE_H_
