#include "core/image/bit_depth.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <opencv2/core.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace mlfsc {
namespace {

// Depths of cameras whose samples are stored with 16 bits.
constexpr int kCameraDepths[] = {10, 12, 14};

// Of samples of 16 bits.
bool NoneAbove(const cv::Mat& samples, int limit) {
  for (int y = 0; y < samples.rows; ++y) {
    const uint16_t* row = samples.ptr<uint16_t>(y);
    uint16_t highest = 0;
    for (size_t i = 0; i < samples.cols * static_cast<size_t>(samples.channels()); ++i) {
      highest = std::max(highest, row[i]);
    }
    if (highest > limit) return false;
  }
  return true;
}

// `why`: of the depth, put behind it.
absl::Status CheckSamples(const cv::Mat& rgb, int depth, absl::string_view why, absl::string_view way_out) {
  const int white = WhiteOf(depth);
  if (NoneAbove(rgb, white)) return absl::OkStatus();
  for (int y = 0; y < rgb.rows; ++y) {
    const uint16_t* row = rgb.ptr<uint16_t>(y);
    const uint16_t* end = row + rgb.cols * static_cast<size_t>(rgb.channels());
    const uint16_t* high = std::find_if(row, end, [white](uint16_t value) { return value > white; });
    if (high == end) continue;
    return absl::InvalidArgumentError(
        absl::StrFormat("sample in row %d, column %d is %d; the limit for bit depth %d%s is %d%s", y,
                        (high - row) / rgb.channels(), *high, depth, why, white, way_out));
  }
  return absl::OkStatus();
}

void TurnWhite(Image* image) { cv::subtract(cv::Scalar::all(image->full_scale), image->rgb, image->rgb); }

}  // namespace

int BitDepthOfWhite(double highest) {
  for (int depth = kMinBitDepth; depth < kMaxBitDepth; ++depth) {
    if (highest == WhiteOf(depth)) return depth;
  }
  return 0;
}

int FittingBits(const cv::Mat& samples) {
  for (const int depth : kCameraDepths) {
    if (NoneAbove(samples, WhiteOf(depth))) return depth;
  }
  return 0;
}

absl::Status SettleBitDepth(const SampleBits& bits, int stated, Image* image) {
  if (stated != 0 && (stated < kMinBitDepth || stated > kMaxBitDepth)) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "bit depth %d is stated for the picture; %d to %d can be, 0 stands for what the file says", stated,
        kMinBitDepth, kMaxBitDepth));
  }
  if (stated > bits.stored) {
    return absl::InvalidArgumentError(
        absl::StrFormat("bit depth %d is stated for a picture of %d bits a sample", stated, bits.stored));
  }
  image->full_scale = WhiteOf(bits.stored);
  if (bits.stored > 8) {
    const int depth = stated != 0 ? stated : bits.tagged != 0 ? bits.tagged : bits.stored;
    image->full_scale = WhiteOf(depth);
    if (depth < bits.stored) {
      const absl::Status status =
          stated != 0 ? CheckSamples(image->rgb, depth, "", "")
                      : CheckSamples(image->rgb, depth, absl::StrCat(", which its ", bits.tag, " states,"),
                                     "; state another depth if it is wrong");
      if (!status.ok()) return status;
    }
    if (stated == 0 && bits.tagged == 0 && bits.stored == kMaxBitDepth) {
      image->fits_bits = FittingBits(image->rgb);
    }
  }
  if (bits.white_is_zero) TurnWhite(image);
  return absl::OkStatus();
}

std::string PictureNotice(const Image& image) {
  if (image.fits_bits == 0) return "";
  return absl::StrFormat(
      "no sample above %d in a 16-bit picture: state its bit depth if white is less than 65535 (%d for a "
      "%d-bit camera, 16 for a picture that is only dark)",
      WhiteOf(image.fits_bits), image.fits_bits, image.fits_bits);
}

}  // namespace mlfsc
