#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "absl/strings/str_format.h"
#include "core/image/bit_depth.h"
#include "core/image/decode.h"

namespace mlfsc {
namespace {

struct SampleLayout {
  const char* name;
  int depth;
  size_t bytes;
};

SampleLayout LayoutOf(SampleType type) {
  switch (type) {
    case SampleType::kUint8:
      return {"uint8", CV_8U, 1};
    case SampleType::kUint16:
      return {"uint16", CV_16U, 2};
    case SampleType::kFloat32:
      return {"float32", CV_32F, 4};
  }
  return {"unknown", CV_8U, 1};
}

absl::Status CheckShape(const RawPixels& raw, const SampleLayout& layout, const PictureLimits& limits) {
  if (absl::Status status = CheckSides(raw.width, raw.height, limits); !status.ok()) return status;
  if (raw.channels != 1 && raw.channels != 3 && raw.channels != 4) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "raw pixels have %d channels; 1 (grey), 3 (RGB) and 4 (RGB and alpha) are read", raw.channels));
  }
  if (raw.bit_depth != 0 && raw.sample_type != SampleType::kUint16) {
    return absl::InvalidArgumentError(
        absl::StrFormat("raw pixels state bit depth %d for %s samples; only uint16 samples have one",
                        raw.bit_depth, layout.name));
  }
  if (raw.bit_depth != 0 && (raw.bit_depth < 9 || raw.bit_depth > 16)) {
    return absl::InvalidArgumentError(
        absl::StrFormat("raw pixels state bit depth %d; 9 to 16 are read, 0 stands for 16", raw.bit_depth));
  }
  // Divided, not multiplied: the product of what a caller states may overflow.
  const size_t pixel = raw.channels * layout.bytes;
  const uint64_t pixels = static_cast<uint64_t>(raw.width) * static_cast<uint64_t>(raw.height);
  if (raw.data.size() % pixel != 0 || raw.data.size() / pixel != pixels) {
    return absl::InvalidArgumentError(
        absl::StrFormat("raw pixels have %d bytes; height %d, width %d, %d channels and %d bytes a sample "
                        "want their product",
                        raw.data.size(), raw.height, raw.width, raw.channels, layout.bytes));
  }
  return absl::OkStatus();
}

// Where sample `index` lies, for people.
std::string Place(size_t index, const RawPixels& raw) {
  const size_t pixel = index / raw.channels;
  return absl::StrFormat("sample %d (row %d, column %d, channel %d)", index, pixel / raw.width,
                         pixel % raw.width, index % raw.channels);
}

// `pixels`: without row padding.
absl::Status CheckUint16(const cv::Mat& pixels, const RawPixels& raw, int white) {
  if (white == 65535) return absl::OkStatus();
  const uint16_t* begin = pixels.ptr<uint16_t>();
  const uint16_t* end = begin + pixels.total() * pixels.channels();
  const uint16_t* high = std::find_if(begin, end, [white](uint16_t value) { return value > white; });
  if (high == end) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrFormat("raw %s is %d; the limit for bit depth %d is %d",
                                                    Place(high - begin, raw), *high, raw.bit_depth, white));
}

absl::Status CheckAndClampFloats(const RawPixels& raw, cv::Mat* pixels) {
  float* begin = pixels->ptr<float>();
  float* end = begin + pixels->total() * pixels->channels();
  for (float* value = begin; value != end; ++value) {
    if (!std::isfinite(*value)) {
      return absl::InvalidArgumentError(
          absl::StrFormat("raw %s is %f; samples must be finite", Place(value - begin, raw), *value));
    }
    *value = std::clamp(*value, 0.0f, 1.0f);
  }
  return absl::OkStatus();
}

cv::Mat ToRgb(const cv::Mat& pixels) {
  cv::Mat rgb;
  switch (pixels.channels()) {
    case 1:
      cv::cvtColor(pixels, rgb, cv::COLOR_GRAY2RGB);
      return rgb;
    case 4:
      cv::cvtColor(pixels, rgb, cv::COLOR_RGBA2RGB);
      return rgb;
    default:
      return pixels;
  }
}

absl::StatusOr<Image> Decode(const RawPixels& raw, const SampleLayout& layout) {
  cv::Mat pixels(raw.height, raw.width, CV_MAKETYPE(layout.depth, raw.channels));
  std::memcpy(pixels.data, raw.data.data(), raw.data.size());
  Image image;
  image.full_scale = 255;
  if (raw.sample_type == SampleType::kUint16) {
    const int white = WhiteOf(raw.bit_depth == 0 ? kMaxBitDepth : raw.bit_depth);
    if (absl::Status status = CheckUint16(pixels, raw, white); !status.ok()) return status;
    image.full_scale = white;
    if (raw.bit_depth == 0) image.fits_bits = FittingBits(pixels);
  } else if (raw.sample_type == SampleType::kFloat32) {
    if (absl::Status status = CheckAndClampFloats(raw, &pixels); !status.ok()) return status;
    image.full_scale = 1;
  }
  image.rgb = ToRgb(pixels);
  return image;
}

absl::Status OutOfMemory(const RawPixels& raw) {
  return absl::ResourceExhaustedError(
      absl::StrFormat("not enough memory for a picture of %dx%d px", raw.width, raw.height));
}

}  // namespace

absl::StatusOr<Image> DecodeRawPixels(const RawPixels& raw, const PictureLimits& limits) {
  const SampleLayout layout = LayoutOf(raw.sample_type);
  if (absl::Status status = CheckShape(raw, layout, limits); !status.ok()) return status;
  try {
    return Decode(raw, layout);
  } catch (const cv::Exception&) {
    return OutOfMemory(raw);
  } catch (const std::bad_alloc&) {
    return OutOfMemory(raw);
  }
}

}  // namespace mlfsc
