// Small pictures made of numbers.
#ifndef MLFSC_TESTS_TESTING_RAW_PICTURE_H_
#define MLFSC_TESTS_TESTING_RAW_PICTURE_H_

#include <cmath>
#include <random>
#include <string>

#include "core/image/decode.h"
#include "core/serving/picture_bytes.h"

namespace mlfsc::testing {

// Grey, 8 bits a pixel: a weave with noise. Good product, as it were; different for each seed.
class RawPicture {
 public:
  static constexpr int kHeight = 40;
  static constexpr int kWidth = 48;

  explicit RawPicture(unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<double> noise(0, 8);
    for (int y = 0; y < kHeight; ++y) {
      for (int x = 0; x < kWidth; ++x) {
        const double value = 128 + 60 * std::sin(0.9 * x) * std::sin(0.7 * y) + noise(random);
        pixels_.push_back(static_cast<char>(static_cast<unsigned char>(std::fmin(std::fmax(value, 0), 255))));
      }
    }
  }

  // A view: the picture must outlive it.
  PictureBytes bytes() const {
    RawPixels raw;
    raw.data = pixels_;
    raw.height = kHeight;
    raw.width = kWidth;
    raw.channels = 1;
    return raw;
  }

 private:
  std::string pixels_;
};

}  // namespace mlfsc::testing

#endif  // MLFSC_TESTS_TESTING_RAW_PICTURE_H_
