// A smaller picture that every pixel of the larger one has its part in.
#ifndef MLFSC_CORE_IMAGE_SHRINK_H_
#define MLFSC_CORE_IMAGE_SHRINK_H_

#include <opencv2/core/mat.hpp>

namespace mlfsc {

// Averages over areas: a pixel of the result is the mean of what it covers, pixels that it covers in part
// counting by that part (OpenCV's INTER_AREA, but nothing is rounded to the depth of `pixels`). An axis with
// no more pixels than are asked for stays as it is.
//
// `pixels`: CV_8UC3, CV_16UC3 or CV_32FC3. Returns [min(height, rows), min(width, columns)], CV_32FC3, in the
// same units, no value outside the range of those in `pixels`. Thread-safe.
cv::Mat Shrink(const cv::Mat& pixels, int rows, int columns);

}  // namespace mlfsc

#endif  // MLFSC_CORE_IMAGE_SHRINK_H_
