// A picture as the feature extractors take it.
#ifndef MLFSC_CORE_IMAGE_INPUT_PICTURE_H_
#define MLFSC_CORE_IMAGE_INPUT_PICTURE_H_

#include <vector>

#include "core/image/image.h"

namespace mlfsc {

// How a picture is brought to its input's size.
enum class ResizeMethod {
  // By axis: an axis that shrinks is averaged over areas, so that every pixel has its part; one that grows is
  // sampled as by kBilinear.
  kArea,
  // A pixel of the input lies between two rows and two columns of the picture and is a mean of those four
  // pixels: of a picture that shrinks to less than half, the others are never read. What all versions were
  // learnt with before there was a choice.
  kBilinear,
};

struct InputPicture {
  // Pixels a side.
  int size = 0;
  // [3, size, size]: red, green, blue planes in [0, 1].
  std::vector<float> rgb;
};

// Resizes to size x size and scales to [0, 1]. Nothing is rounded to the picture's own depth, but for the
// samples of kBilinear. Thread-safe.
InputPicture MakeInputPicture(const Image& image, int size, ResizeMethod method);

}  // namespace mlfsc

#endif  // MLFSC_CORE_IMAGE_INPUT_PICTURE_H_
