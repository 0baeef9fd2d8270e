#include "core/image/input_picture.h"

#include <cstddef>
#include <cstdint>

#include <opencv2/imgproc.hpp>

#include "core/image/shrink.h"

namespace mlfsc {
namespace {

// `pixels`: three interleaved channels without row padding. `planes`: [3, height, width]. Divides, as the
// reference does, instead of multiplying by a reciprocal: the two differ in the last bit.
template <typename T>
void ScaleToPlanes(const cv::Mat& pixels, float full_scale, float* planes) {
  const size_t count = pixels.total();
  const T* in = pixels.ptr<T>();
  float* red = planes;
  float* green = planes + count;
  float* blue = planes + 2 * count;
  for (size_t i = 0; i < count; ++i) {
    red[i] = static_cast<float>(in[3 * i]) / full_scale;
    green[i] = static_cast<float>(in[3 * i + 1]) / full_scale;
    blue[i] = static_cast<float>(in[3 * i + 2]) / full_scale;
  }
}

cv::Mat Bilinear(const cv::Mat& pixels, int size) {
  cv::Mat resized;
  cv::resize(pixels, resized, cv::Size(size, size), 0, 0, cv::INTER_LINEAR);
  return resized;
}

cv::Mat Resized(const Image& image, int size, ResizeMethod method) {
  const bool fits = image.height() == size && image.width() == size;
  if (method == ResizeMethod::kBilinear || fits) return Bilinear(image.rgb, size);
  cv::Mat shrunk;
  if (image.height() > size || image.width() > size) {
    shrunk = Shrink(image.rgb, size, size);
    if (shrunk.rows == size && shrunk.cols == size) return shrunk;
  } else {
    // Not in the picture's own steps: the same picture in 8 and in 16 bits is the same input.
    image.rgb.convertTo(shrunk, CV_32F);
  }
  // The weights of a sample between two pixels may add up to a little more than 1.
  return cv::min(Bilinear(shrunk, size), image.full_scale);
}

}  // namespace

InputPicture MakeInputPicture(const Image& image, int size, ResizeMethod method) {
  const cv::Mat resized = Resized(image, size, method);

  InputPicture input;
  input.size = size;
  input.rgb.resize(3 * resized.total());
  const float full_scale = static_cast<float>(image.full_scale);
  switch (resized.depth()) {
    case CV_8U:
      ScaleToPlanes<uint8_t>(resized, full_scale, input.rgb.data());
      break;
    case CV_16U:
      ScaleToPlanes<uint16_t>(resized, full_scale, input.rgb.data());
      break;
    default:
      ScaleToPlanes<float>(resized, full_scale, input.rgb.data());
      break;
  }
  return input;
}

}  // namespace mlfsc
