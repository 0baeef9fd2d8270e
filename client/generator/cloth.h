// A woven cloth under a camera.
#ifndef MLFSC_CLIENT_GENERATOR_CLOTH_H_
#define MLFSC_CLIENT_GENERATOR_CLOTH_H_

#include <array>
#include <vector>

#include <opencv2/core.hpp>

#include "client/generator/random.h"

namespace mlfsc::client {

// A stretch of one weft thread (they run from left to right) that is not as it should be.
struct ThreadFault {
  enum class Kind { kMissing, kWrongColor };
  Kind kind = Kind::kMissing;
  // Counted from the top of the picture.
  int thread = 0;
  // The stretch, in pixels from the left.
  double from = 0;
  double to = 0;
  // Red, green, blue in [0, 1]; of kWrongColor.
  cv::Vec3f color;
};

// One piece of plain weave as one picture shows it. Everything that differs between two good pictures is
// drawn here: where the threads lie, how even they are, light, and noise.
struct Cloth {
  // Pixels a side of the picture.
  int size = 0;
  // Pixels between threads.
  double warp_pitch = 0;
  double weft_pitch = 0;
  // Turn of the cloth, radians, and shift, in threads.
  double angle = 0;
  double warp_shift = 0;
  double weft_shift = 0;
  // Slow bending of the threads: amplitude in threads, waves a picture in x and y, phase.
  struct Wave {
    double amplitude = 0;
    double fx = 0;
    double fy = 0;
    double phase = 0;
  };
  std::array<Wave, 3> warp_waves;
  std::array<Wave, 3> weft_waves;
  // Brightness factor and twist phase of each thread, by its number.
  struct Thread {
    double brightness = 1;
    double twist = 0;
  };
  std::vector<Thread> warp;
  std::vector<Thread> weft;
  cv::Vec3f warp_color;
  cv::Vec3f weft_color;
  // Light: factor at the middle, and its change over the picture to the right and downwards.
  double light = 1;
  double light_x = 0;
  double light_y = 0;
};

Cloth DrawCloth(int size, Random* random);

struct RenderedCloth {
  // [size, size] CV_32FC3, red, green, blue in [0, 1], no noise yet.
  cv::Mat picture;
  // [size, size] CV_8UC1, 255 where a fault shows.
  cv::Mat fault_mask;
};
RenderedCloth RenderCloth(const Cloth& cloth, const std::vector<ThreadFault>& faults);

// What the camera adds: a little blur and noise. Returns CV_8UC3.
cv::Mat Photograph(const cv::Mat& picture, Random* random);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_GENERATOR_CLOTH_H_
