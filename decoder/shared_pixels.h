// Pixels decoded to where the server finds them.
#ifndef MLFSC_DECODER_SHARED_PIXELS_H_
#define MLFSC_DECODER_SHARED_PIXELS_H_

#include <cstddef>

#include <opencv2/core/mat.hpp>

namespace mlfsc {

// OpenCV's allocator, but for the first matrix that is made after Offer, which gets the memory that was
// offered if it fits: that is the picture's, in every decoder, so that nothing is copied in the usual case.
// Not thread-safe.
class SharedPixels : public cv::MatAllocator {
 public:
  // `memory` outlives all matrices.
  SharedPixels(char* memory, size_t size) : memory_(memory), size_(size) {}

  // The memory is free for the next matrix.
  void Offer() { offered_ = true; }

  // Has `pixels`, rows without padding between them, lie in the memory. They fit.
  void Place(const cv::Mat& pixels);

  cv::UMatData* allocate(int dims, const int* sizes, int type, void* data, size_t* step, cv::AccessFlag flags,
                         cv::UMatUsageFlags usage) const override;
  bool allocate(cv::UMatData* data, cv::AccessFlag flags, cv::UMatUsageFlags usage) const override;
  void deallocate(cv::UMatData* data) const override;

 private:
  char* const memory_;
  const size_t size_;
  // OpenCV's allocators are const.
  mutable bool offered_ = false;
};

}  // namespace mlfsc

#endif  // MLFSC_DECODER_SHARED_PIXELS_H_
