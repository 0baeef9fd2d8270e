#include "core/image/input_picture.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
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
using ::testing::FloatNear;
using ::testing::Pointwise;

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

  const InputPicture input = MakeInputPicture(image, 256, ResizeMethod::kBilinear);

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

    const InputPicture input = MakeInputPicture(*image, 256, ResizeMethod::kBilinear);

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
    // Enlarged, shrunk, and one of each.
    for (const int size : {64, 16, 25}) {
      EXPECT_THAT(MakeInputPicture(image, size, ResizeMethod::kBilinear).rgb, Each(1.0f)) << size;
      EXPECT_THAT(MakeInputPicture(image, size, ResizeMethod::kArea).rgb, Each(FloatNear(1.0f, 2e-7f)))
          << size;
    }
  }
}

TEST(InputPictureLayoutTest, APartOfALargerPictureIsReadByItsOwnRows) {
  const Image whole = RandomImage(100, 100, CV_8UC3, 255);
  Image part{whole.rgb(cv::Rect(10, 20, 32, 32)), 255};
  Image copy{part.rgb.clone(), 255};
  for (const ResizeMethod method : {ResizeMethod::kArea, ResizeMethod::kBilinear}) {
    for (const int size : {32, 20}) {
      EXPECT_EQ(MakeInputPicture(part, size, method).rgb, MakeInputPicture(copy, size, method).rgb) << size;
    }
  }
}

InputPicture ByArea(const Image& image, int size) {
  return MakeInputPicture(image, size, ResizeMethod::kArea);
}

struct GoldenPicture {
  const char* name;
  int height;
  int width;
  int type;
  double white;
};

TEST(InputPictureGoldenTest, AveragesAsTheReferenceDoes) {
  const SafetensorsFile golden = testing::ReadGolden("resize.safetensors");
  for (const GoldenPicture& g :
       {GoldenPicture{"whole_factor", 32, 64, CV_8UC3, 255}, GoldenPicture{"landscape", 31, 49, CV_8UC3, 255},
        GoldenPicture{"portrait", 49, 31, CV_16UC3, 65535},
        GoldenPicture{"twelve_bits", 17, 35, CV_16UC3, 4095}, GoldenPicture{"real", 23, 20, CV_32FC3, 1},
        GoldenPicture{"low", 10, 45, CV_8UC3, 255}, GoldenPicture{"narrow", 45, 10, CV_16UC3, 65535}}) {
    std::vector<float> pixels = testing::GoldenFloats(golden, std::string(g.name) + ".pixels");
    ASSERT_EQ(pixels.size(), size_t{3} * g.height * g.width);
    Image image;
    image.full_scale = g.white;
    cv::Mat(g.height, g.width, CV_32FC3, pixels.data()).convertTo(image.rgb, CV_MAT_DEPTH(g.type));

    const InputPicture input = ByArea(image, 16);

    const std::vector<float> want = testing::GoldenFloats(golden, std::string(g.name) + ".input");
    ASSERT_EQ(input.rgb.size(), want.size());
    for (size_t i = 0; i < want.size(); ++i) ASSERT_NEAR(input.rgb[i], want[i], kFloat) << g.name << " " << i;
  }
}

TEST(InputPictureAreaTest, EnlargesAsBilinearSamplingDoes) {
  for (const int type : {CV_8UC3, CV_16UC3, CV_32FC3}) {
    const double white = type == CV_8UC3 ? 255 : type == CV_16UC3 ? 65535 : 1;
    for (const cv::Size& size : {cv::Size(200, 90), cv::Size(256, 256), cv::Size(16, 256)}) {
      const Image image = RandomImage(size.height, size.width, type, white);
      // That one rounds to whole steps of the picture's depth, of 8 bits with weights of 2^-11: four of them are
      // off by 2^-12 each, so that it is 0.75 steps away at most.
      const double step = 1.0 / image.full_scale;
      EXPECT_THAT(ByArea(image, 256).rgb,
                  Pointwise(FloatNear(static_cast<float>(0.75 * step + 1e-6)),
                            MakeInputPicture(image, 256, ResizeMethod::kBilinear).rgb))
          << size;
    }
  }
}

// `image` with rows and columns exchanged.
Image Transposed(const Image& image) { return {image.rgb.t(), image.full_scale}; }

TEST(InputPictureAreaTest, WhereOneSideShrinksAndTheOtherGrowsEachHasItsOwnRule) {
  // 8 columns become one.
  constexpr int kSize = 64;
  const Image image = RandomImage(23, 8 * kSize, CV_8UC3, 255);
  Image averaged{cv::Mat(23, kSize, CV_32FC3), 255};
  for (int row = 0; row < 23; ++row) {
    for (int column = 0; column < kSize; ++column) {
      for (int channel = 0; channel < 3; ++channel) {
        double sum = 0;
        for (int i = 0; i < 8; ++i) sum += Sample(image, row, 8 * column + i, channel);
        averaged.rgb.at<cv::Vec3f>(row, column)[channel] = static_cast<float>(sum / 8);
      }
    }
  }
  const std::vector<double> want = NaiveInput(averaged, kSize);
  const InputPicture input = ByArea(image, kSize);
  const InputPicture transposed = ByArea(Transposed(image), kSize);

  for (int channel = 0; channel < 3; ++channel) {
    for (int row = 0; row < kSize; ++row) {
      for (int column = 0; column < kSize; ++column) {
        const auto at = [channel](int y, int x) {
          return static_cast<size_t>((channel * kSize + y) * kSize + x);
        };
        ASSERT_NEAR(input.rgb[at(row, column)], want[at(row, column)], kFloat) << row << ", " << column;
        ASSERT_NEAR(transposed.rgb[at(column, row)], want[at(row, column)], kFloat) << row << ", " << column;
      }
    }
  }
}

// 2048 px a side in grey, as from a fine camera; 8 x 8 pixels become one of 256 x 256.
constexpr int kFineSide = 2048;
Image Fine() { return {cv::Mat(kFineSide, kFineSide, CV_8UC3, cv::Scalar::all(200)), 255}; }

double TotalChange(const InputPicture& a, const InputPicture& b) {
  double total = 0;
  for (size_t i = 0; i < a.rgb.size(); ++i) total += std::abs(double{a.rgb[i]} - b.rgb[i]);
  return total;
}

TEST(InputPictureAreaTest, ASmallDotChangesTheInputByTheSameWhereverItLies) {
  const InputPicture clean = ByArea(Fine(), 256);
  // 6 x 6 of the 64 pixels of one; three channels.
  const double want = 3 * 36.0 / 64 * 200 / 255;
  for (int position = 0; position < 16; ++position) {
    Image image = Fine();
    image.rgb(cv::Rect(1023 + position % 4 * 2, 1023 + position / 4 * 2, 6, 6)) = cv::Scalar::all(0);
    // Up to four pixels a channel, each rounded in the last bits of a float.
    EXPECT_NEAR(TotalChange(ByArea(image, 256), clean), want, 12 * 3e-7) << position;
  }
}

TEST(InputPictureAreaTest, AThinLineIsInTheInputWhereverItLies) {
  const InputPicture clean = ByArea(Fine(), 256);
  for (int x = 800; x < 816; ++x) {
    Image image = Fine();
    image.rgb(cv::Rect(x, 0, 6, kFineSide)) = cv::Scalar::all(0);
    const InputPicture input = ByArea(image, 256);
    for (int row = 0; row < 256; ++row) {
      double darkest = 1;
      for (int column = 0; column < 256; ++column) {
        darkest = std::min<double>(darkest, input.rgb[static_cast<size_t>(row * 256 + column)]);
      }
      // It lies across two columns of the input at most: one has three of its six columns.
      ASSERT_LE(darkest, 200.0 / 255 * (1 - 3.0 / 8) + 1e-6) << x << ", row " << row;
    }
  }
}

TEST(InputPictureAreaTest, AShiftByOnePixelChangesAnInputPixelByWhatComesAndGoes) {
  // A fine mesh of 7.3 px, beside which the input's grid of 8 px sees another part of each mesh.
  const auto mesh = [](int shift) {
    Image image{cv::Mat(kFineSide, kFineSide, CV_8UC3), 255};
    for (int y = 0; y < kFineSide; ++y) {
      for (int x = 0; x < kFineSide; ++x) {
        const bool bright = (std::fmod(x + shift, 7.3) < 3.65) == (std::fmod(y, 7.3) < 3.65);
        image.rgb.at<cv::Vec3b>(y, x) = bright ? cv::Vec3b(178, 178, 178) : cv::Vec3b(78, 78, 78);
      }
    }
    return ByArea(image, 256);
  };
  const InputPicture before = mesh(0);
  for (int shift = 1; shift < 8; ++shift) {
    const InputPicture after = mesh(shift);
    for (size_t i = 0; i < after.rgb.size(); ++i) {
      // One column of eight comes and one goes for each pixel of the shift.
      ASSERT_LE(std::abs(after.rgb[i] - before.rgb[i]), shift / 8.0 * 100 / 255 + 1e-6) << i;
    }
  }
}

}  // namespace
}  // namespace mlfsc
