#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opencv2/core.hpp>

#include "core/image/decode.h"
#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::IsOk;
using ::mlfsc::testing::StatusIs;
using ::testing::HasSubstr;

constexpr int kHeight = 16;
constexpr int kWidth = 20;

template <typename T>
constexpr SampleType TypeOf() {
  if (sizeof(T) == 1) return SampleType::kUint8;
  return sizeof(T) == 2 ? SampleType::kUint16 : SampleType::kFloat32;
}

template <typename T>
std::string BytesOf(const std::vector<T>& samples) {
  std::string bytes(samples.size() * sizeof(T), '\0');
  std::memcpy(bytes.data(), samples.data(), bytes.size());
  return bytes;
}

template <typename T>
RawPixels Raw(const std::string& bytes, int channels) {
  RawPixels raw;
  raw.data = bytes;
  raw.height = kHeight;
  raw.width = kWidth;
  raw.channels = channels;
  raw.sample_type = TypeOf<T>();
  return raw;
}

template <typename T>
class RawPixelsTest : public ::testing::Test {};
using SampleTypes = ::testing::Types<uint8_t, uint16_t, float>;

struct SampleName {
  template <typename T>
  static std::string GetName(int) {
    return TypeOf<T>() == SampleType::kUint8    ? "uint8"
           : TypeOf<T>() == SampleType::kUint16 ? "uint16"
                                                : "float32";
  }
};
TYPED_TEST_SUITE(RawPixelsTest, SampleTypes, SampleName);

TYPED_TEST(RawPixelsTest, GreyRgbAndRgbaBecomeRgbAtTheSamplesDepth) {
  const double white = TypeOf<TypeParam>() == SampleType::kUint8    ? 255
                       : TypeOf<TypeParam>() == SampleType::kUint16 ? 65535
                                                                    : 1;
  for (const int channels : {1, 3, 4}) {
    std::vector<TypeParam> samples;
    for (int i = 0; i < kHeight * kWidth * channels; ++i) {
      samples.push_back(static_cast<TypeParam>(white * i / (kHeight * kWidth * channels)));
    }
    // One byte in, so that no sample is aligned.
    const std::string bytes = "x" + BytesOf(samples);
    RawPixels raw = Raw<TypeParam>(bytes, channels);
    raw.data.remove_prefix(1);

    const absl::StatusOr<Image> image = DecodeRawPixels(raw, {});

    ASSERT_THAT(image, IsOk());
    EXPECT_EQ(image->full_scale, white);
    ASSERT_EQ(image->rgb.type(), CV_MAKETYPE(cv::DataType<TypeParam>::depth, 3));
    ASSERT_EQ(image->height(), kHeight);
    ASSERT_EQ(image->width(), kWidth);
    for (int pixel = 0; pixel < kHeight * kWidth; ++pixel) {
      for (int c = 0; c < 3; ++c) {
        const TypeParam want = samples[pixel * channels + (channels == 1 ? 0 : c)];
        ASSERT_EQ(image->rgb.ptr<TypeParam>()[3 * pixel + c], want) << pixel << " " << c;
      }
    }
  }
}

TEST(RawDepthTest, BitDepthSaysWhatIsWhite) {
  const std::string bytes = BytesOf(std::vector<uint16_t>(kHeight * kWidth, 511));
  for (int depth = 9; depth <= 16; ++depth) {
    RawPixels raw = Raw<uint16_t>(bytes, 1);
    raw.bit_depth = depth;
    const absl::StatusOr<Image> image = DecodeRawPixels(raw, {});
    ASSERT_THAT(image, IsOk());
    EXPECT_EQ(image->full_scale, (1 << depth) - 1);
  }
}

TEST(RawDepthTest, FloatsOutsideZeroToOneAreClamped) {
  std::vector<float> samples(kHeight * kWidth, 0.25f);
  samples[0] = -3;
  samples[1] = 1.5f;
  const std::string bytes = BytesOf(samples);
  const absl::StatusOr<Image> image = DecodeRawPixels(Raw<float>(bytes, 1), {});
  ASSERT_THAT(image, IsOk());
  EXPECT_EQ(image->rgb.at<cv::Vec3f>(0, 0), cv::Vec3f(0, 0, 0));
  EXPECT_EQ(image->rgb.at<cv::Vec3f>(0, 1), cv::Vec3f(1, 1, 1));
  EXPECT_EQ(image->rgb.at<cv::Vec3f>(0, 2), cv::Vec3f(0.25f, 0.25f, 0.25f));
}

// --- refusals ---

auto Refused(const std::string& message) {
  return StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(message));
}

TEST(RawRefusalTest, ASampleThatIsNotFiniteIsNamedWithItsPlace) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                          -std::numeric_limits<float>::infinity()}) {
    std::vector<float> samples(3 * kHeight * kWidth, 0.5f);
    samples[3 * (2 * kWidth + 7) + 1] = bad;
    const std::string bytes = BytesOf(samples);
    EXPECT_THAT(DecodeRawPixels(Raw<float>(bytes, 3), {}),
                Refused("raw sample 142 (row 2, column 7, channel 1) is "));
  }
}

TEST(RawRefusalTest, ASampleAboveWhiteIsNamedWithItsPlace) {
  std::vector<uint16_t> samples(kHeight * kWidth, 4095);
  samples[kWidth + 3] = 4096;
  const std::string bytes = BytesOf(samples);
  RawPixels raw = Raw<uint16_t>(bytes, 1);
  raw.bit_depth = 12;
  EXPECT_THAT(
      DecodeRawPixels(raw, {}),
      Refused("raw sample 23 (row 1, column 3, channel 0) is 4096; the limit for bit depth 12 is 4095"));
}

TEST(RawRefusalTest, ABitDepthThatDoesNotExist) {
  const std::string bytes(kHeight * kWidth * 2, '\0');
  for (const int depth : {-1, 1, 8, 17}) {
    RawPixels raw = Raw<uint16_t>(bytes, 1);
    raw.bit_depth = depth;
    EXPECT_THAT(DecodeRawPixels(raw, {}), Refused("9 to 16 are read")) << depth;
  }
}

TEST(RawRefusalTest, ABitDepthOfSamplesThatHaveNone) {
  const std::string bytes(kHeight * kWidth, '\0');
  RawPixels raw = Raw<uint8_t>(bytes, 1);
  raw.bit_depth = 12;
  EXPECT_THAT(DecodeRawPixels(raw, {}), Refused("bit depth 12 for uint8 samples"));
}

TEST(RawRefusalTest, ChannelsThatAreNotRead) {
  const std::string bytes(kHeight * kWidth * 2, '\0');
  for (const int channels : {-1, 0, 2, 5}) {
    EXPECT_THAT(DecodeRawPixels(Raw<uint8_t>(bytes, channels), {}), Refused("1 (grey), 3 (RGB)")) << channels;
  }
}

TEST(RawRefusalTest, TooFewAndTooManyBytes) {
  for (const int size : {0, kHeight * kWidth - 1, kHeight * kWidth + 1}) {
    const std::string bytes(size, '\0');
    EXPECT_THAT(DecodeRawPixels(Raw<uint8_t>(bytes, 1), {}),
                Refused("height 16, width 20, 1 channels and 1 bytes a sample"))
        << size;
  }
}

TEST(RawRefusalTest, SidesOutsideTheLimits) {
  RawPixels raw = Raw<uint8_t>("", 1);
  raw.height = 8193;
  EXPECT_THAT(DecodeRawPixels(raw, {}), Refused("picture is 20x8193 px; the limit is 8192 px a side"));
  raw.height = 15;
  EXPECT_THAT(DecodeRawPixels(raw, {}), Refused("picture is 20x15 px; it must have at least 16 px a side"));
  raw.height = -16;
  EXPECT_THAT(DecodeRawPixels(raw, {}), Refused("picture is 20x-16 px"));
}

TEST(RawRefusalTest, SidesWhoseProductOverflowsAreRefusedByTheirBytes) {
  PictureLimits limits;
  limits.max_side = std::numeric_limits<int>::max();
  // 2^30 * 2^30 * 4 channels * 4 bytes = 2^64, which is 0 in 64 bits.
  RawPixels raw = Raw<float>("", 4);
  raw.height = raw.width = 1 << 30;
  EXPECT_THAT(DecodeRawPixels(raw, limits), Refused("raw pixels have 0 bytes"));
}

}  // namespace
}  // namespace mlfsc
