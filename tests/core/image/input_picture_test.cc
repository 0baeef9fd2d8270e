#include "core/image/input_picture.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opencv2/core.hpp>

#include "core/image/decode.h"
#include "tests/testing/golden.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::testing::Each;

Image RandomImage(int height, int width, int type, double full_scale) {
  Image image;
  image.rgb.create(height, width, type);
  cv::RNG random(7);
  // One above the largest value for integers.
  random.fill(image.rgb, cv::RNG::UNIFORM, 0, full_scale == 1 ? 1 : full_scale + 1);
  image.full_scale = full_scale;
  return image;
}

double Sample(const Image& image, int row, int column, int channel) {
  switch (image.rgb.depth()) {
    case CV_8U:
      return image.rgb.at<cv::Vec3b>(row, column)[channel];
    case CV_16U:
      return image.rgb.at<cv::Vec3w>(row, column)[channel];
    default:
      return image.rgb.at<cv::Vec3f>(row, column)[channel];
  }
}

// Bilinear with pixel centres aligned and edges replicated, straight from the definition.
std::vector<double> NaiveInput(const Image& image, int size) {
  std::vector<double> planes;
  for (int channel = 0; channel < 3; ++channel) {
    for (int row = 0; row < size; ++row) {
      const double y = std::clamp((row + 0.5) * image.height() / size - 0.5, 0.0, image.height() - 1.0);
      const int top = static_cast<int>(y);
      const int bottom = std::min(top + 1, image.height() - 1);
      for (int column = 0; column < size; ++column) {
        const double x = std::clamp((column + 0.5) * image.width() / size - 0.5, 0.0, image.width() - 1.0);
        const int left = static_cast<int>(x);
        const int right = std::min(left + 1, image.width() - 1);
        const double above = Sample(image, top, left, channel) * (left + 1 - x) +
                             Sample(image, top, right, channel) * (x - left);
        const double below = Sample(image, bottom, left, channel) * (left + 1 - x) +
                             Sample(image, bottom, right, channel) * (x - left);
        planes.push_back((above * (top + 1 - y) + below * (y - top)) / image.full_scale);
      }
    }
  }
  return planes;
}

struct Case {
  int height;
  int width;
  int type;
  double full_scale;
  // In units of white.
  double tolerance;
};

class InputPictureTest : public ::testing::TestWithParam<Case> {};
// Tolerances. 8 bits: OpenCV's weights have 11 bits (each of the two passes off by up to 2^-12 of white), the
// second pass cuts two products off at a quarter of a step each and both of its inputs at 2^-7, and the
// result is rounded to a step. 16 bits: float32 weights, rounded to a step. Float32: the position, up to 1000
// pixels, is rounded to 2^-24 of it.
constexpr double kEight = 2.0 / 4096 + (0.5 + 2 * 0.25 + 2.0 / 128) / 255;
constexpr double kFloat = 1000.0 / (1 << 23);
INSTANTIATE_TEST_SUITE_P(Pictures, InputPictureTest,
                         ::testing::Values(Case{320, 320, CV_8UC3, 255, kEight},
                                           Case{47, 901, CV_8UC3, 255, kEight},
                                           Case{16, 16, CV_8UC3, 255, kEight},
                                           Case{256, 256, CV_8UC3, 255, 1e-7},
                                           Case{480, 640, CV_16UC3, 65535, 0.5 / 65535 + kFloat},
                                           Case{480, 640, CV_16UC3, 1023, 0.5 / 1023 + kFloat},
                                           Case{333, 200, CV_32FC3, 1, kFloat}));

TEST_P(InputPictureTest, EqualsTheNaiveBilinearLoop) {
  const Case& c = GetParam();
  const Image image = RandomImage(c.height, c.width, c.type, c.full_scale);

  const InputPicture input = MakeInputPicture(image, 256);

  EXPECT_EQ(input.size, 256);
  const std::vector<double> want = NaiveInput(image, 256);
  ASSERT_EQ(input.rgb.size(), want.size());
  for (size_t i = 0; i < want.size(); ++i) ASSERT_NEAR(input.rgb[i], want[i], c.tolerance) << i;
}

TEST(InputPictureGoldenTest, EqualsTheReferencesResizedPicturesBitForBit) {
  const SafetensorsFile golden = testing::ReadGolden("features.safetensors");
  for (const std::string name : {"good", "defect"}) {
    const absl::StatusOr<Image> image =
        DecodePicture(testing::ReadFile(std::string(MLFSC_TESTDATA) + "/texture-" + name + ".png"), {});
    ASSERT_THAT(image, testing::IsOk());

    const InputPicture input = MakeInputPicture(*image, 256);

    // [256, 256, 3].
    const std::string& resized = golden.tensors.at(name + ".resized").bytes;
    ASSERT_EQ(resized.size(), input.rgb.size());
    for (size_t i = 0; i < resized.size(); ++i) {
      ASSERT_EQ(input.rgb[i % 3 * 256 * 256 + i / 3],
                static_cast<float>(static_cast<uint8_t>(resized[i])) / 255)
          << i;
    }
  }
}

TEST(InputPictureScaleTest, WhiteIsOneAtEveryDepth) {
  const Image eight{cv::Mat(20, 30, CV_8UC3, cv::Scalar::all(255)), 255};
  const Image twelve{cv::Mat(20, 30, CV_16UC3, cv::Scalar::all(4095)), 4095};
  const Image sixteen{cv::Mat(20, 30, CV_16UC3, cv::Scalar::all(65535)), 65535};
  const Image real{cv::Mat(20, 30, CV_32FC3, cv::Scalar::all(1)), 1};
  for (const Image& image : {eight, twelve, sixteen, real}) {
    EXPECT_THAT(MakeInputPicture(image, 64).rgb, Each(1.0f));
  }
}

TEST(InputPictureLayoutTest, APartOfALargerPictureIsReadByItsOwnRows) {
  const Image whole = RandomImage(100, 100, CV_8UC3, 255);
  Image part{whole.rgb(cv::Rect(10, 20, 32, 32)), 255};
  Image copy{part.rgb.clone(), 255};
  EXPECT_EQ(MakeInputPicture(part, 32).rgb, MakeInputPicture(copy, 32).rgb);
}

}  // namespace
}  // namespace mlfsc
