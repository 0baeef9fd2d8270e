// A picture as the feature extractors take it.
#ifndef MLFSC_CORE_IMAGE_INPUT_PICTURE_H_
#define MLFSC_CORE_IMAGE_INPUT_PICTURE_H_

#include <vector>

#include "core/image/image.h"

namespace mlfsc {

struct InputPicture {
  // Pixels a side.
  int size = 0;
  // [3, size, size]: red, green, blue planes in [0, 1].
  std::vector<float> rgb;
};

// Resizes to size x size (bilinear, at the picture's own depth) and scales to [0, 1]. Thread-safe.
InputPicture MakeInputPicture(const Image& image, int size);

}  // namespace mlfsc

#endif  // MLFSC_CORE_IMAGE_INPUT_PICTURE_H_
