#include "decoder/shared_pixels.h"

#include <cstring>

#include <opencv2/core.hpp>

namespace mlfsc {

void SharedPixels::Place(const cv::Mat& pixels) {
  const size_t row = pixels.cols * pixels.elemSize();
  if (pixels.isContinuous()) {
    const auto* begin = reinterpret_cast<const char*>(pixels.data);
    if (begin != memory_) std::memmove(memory_, begin, row * pixels.rows);
    return;
  }
  for (int y = 0; y < pixels.rows; ++y) std::memmove(memory_ + row * y, pixels.ptr(y), row);
}

cv::UMatData* SharedPixels::allocate(int dims, const int* sizes, int type, void* data, size_t* step,
                                     cv::AccessFlag flags, cv::UMatUsageFlags usage) const {
  size_t size = CV_ELEM_SIZE(type);
  for (int i = 0; i < dims; ++i) size *= static_cast<size_t>(sizes[i]);
  if (!offered_ || data != nullptr || dims != 2 || size > size_) {
    return cv::Mat::getStdAllocator()->allocate(dims, sizes, type, data, step, flags, usage);
  }
  offered_ = false;
  if (step != nullptr) {
    step[1] = CV_ELEM_SIZE(type);
    step[0] = step[1] * static_cast<size_t>(sizes[1]);
  }
  auto* made = new cv::UMatData(this);
  made->data = made->origdata = reinterpret_cast<uchar*>(memory_);
  made->size = size;
  return made;
}

bool SharedPixels::allocate(cv::UMatData* data, cv::AccessFlag, cv::UMatUsageFlags) const {
  return data != nullptr;
}

void SharedPixels::deallocate(cv::UMatData* data) const { delete data; }

}  // namespace mlfsc
