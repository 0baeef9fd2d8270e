#include "core/image/draw.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "core/image/shrink.h"

namespace mlfsc {
namespace {

constexpr int kLevels = 256;
// What is wrong with the product must still be seen under the brightest spot.
constexpr double kStrongest = 0.7;
// Of 1: how much of the map shows at each level, in fixed point.
constexpr int kOpaque = 1 << 12;

// Of the way along the logarithmic scale.
constexpr double kIntensityPower = 0.6;
// Pictures whose shorter side is this many pixels get lines of 1 pixel, larger ones thicker lines.
constexpr int kSideOfThinLines = 256;
constexpr int kCrossSize = 9;

using Colours = std::array<cv::Vec3b, kLevels>;

// Inferno (van der Walt and Smith, 2015): black over violet, red and orange to pale yellow. Its lightness
// grows evenly, so the order of values is plain to colour-blind people and in grey print too.
Colours InfernoRgb() {
  cv::Mat levels(1, kLevels, CV_8UC1);
  for (int i = 0; i < kLevels; ++i) levels.at<uint8_t>(i) = static_cast<uint8_t>(i);
  cv::Mat bgr;
  cv::applyColorMap(levels, bgr, cv::COLORMAP_INFERNO);
  Colours colours;
  for (int i = 0; i < kLevels; ++i) {
    const cv::Vec3b& c = bgr.at<cv::Vec3b>(i);
    colours[static_cast<size_t>(i)] = {c[2], c[1], c[0]};
  }
  return colours;
}

// A smooth step: close to 0 the map's dark end would only dim the picture, so that it stays clear of it
// longer than in proportion.
std::array<int, kLevels> Opacities() {
  std::array<int, kLevels> opacities;
  for (int i = 0; i < kLevels; ++i) {
    const double t = static_cast<double>(i) / (kLevels - 1);
    opacities[static_cast<size_t>(i)] =
        static_cast<int>(std::lround(kOpaque * kStrongest * t * t * (3 - 2 * t)));
  }
  return opacities;
}

// A value that is not a number counts as 0.
size_t Level(float intensity) {
  return intensity > 0 ? static_cast<size_t>(std::lround(std::min(intensity, 1.0f) * (kLevels - 1))) : 0;
}

cv::Mat EightBits(const Image& image) {
  if (image.rgb.depth() == CV_8U) return image.rgb;
  cv::Mat rgb;
  image.rgb.convertTo(rgb, CV_8U, 255 / image.full_scale);
  return rgb;
}

void DrawMark(const Mark& mark, const cv::Scalar& colour, int width, int unit, cv::Mat* rgb) {
  cv::rectangle(*rgb, mark.box, colour, width);
  cv::drawMarker(*rgb, mark.peak, colour, cv::MARKER_CROSS, kCrossSize * unit, width);
}

}  // namespace

cv::Mat Intensity(const cv::Mat& map, const ColorScale& scale) {
  cv::Mat intensity;
  cv::log(cv::max(map / scale.low, 1), intensity);
  intensity = cv::min(intensity / std::log(scale.high / scale.low), 1);
  cv::pow(intensity, kIntensityPower, intensity);
  // OpenCV's power of 0 is not quite 0.
  intensity.setTo(0, map <= scale.low);
  return intensity;
}

Image ColorMap(const cv::Mat& intensity) {
  const Colours colours = InfernoRgb();
  Image map;
  map.rgb.create(intensity.size(), CV_8UC3);
  for (int y = 0; y < intensity.rows; ++y) {
    const float* in = intensity.ptr<float>(y);
    cv::Vec3b* out = map.rgb.ptr<cv::Vec3b>(y);
    for (int x = 0; x < intensity.cols; ++x) out[x] = colours[Level(in[x])];
  }
  return map;
}

Image Overlay(const Image& image, const cv::Mat& intensity, const std::vector<Mark>& marks) {
  CV_Assert(intensity.size() == image.rgb.size());
  return OverlayRows(image, 0, intensity, marks);
}

Image OverlayRows(const Image& image, int top, const cv::Mat& intensity, const std::vector<Mark>& marks) {
  const Colours colours = InfernoRgb();
  const std::array<int, kLevels> opacities = Opacities();
  const cv::Mat under =
      EightBits({image.rgb.rowRange(top, top + intensity.rows), image.full_scale});
  Image overlay;
  overlay.rgb.create(intensity.size(), CV_8UC3);
  for (int y = 0; y < intensity.rows; ++y) {
    const float* in = intensity.ptr<float>(y);
    const cv::Vec3b* below = under.ptr<cv::Vec3b>(y);
    cv::Vec3b* out = overlay.rgb.ptr<cv::Vec3b>(y);
    for (int x = 0; x < intensity.cols; ++x) {
      const size_t level = Level(in[x]);
      const int opacity = opacities[level];
      for (int channel = 0; channel < 3; ++channel) {
        const int mixed = below[x][channel] * (kOpaque - opacity) + colours[level][channel] * opacity;
        out[x][channel] = static_cast<uint8_t>((mixed + kOpaque / 2) / kOpaque);
      }
    }
  }
  const int unit = std::max(1, std::min(image.height(), image.width()) / kSideOfThinLines);
  for (Mark mark : marks) {
    mark.box.y -= top;
    mark.peak.y -= top;
    DrawMark(mark, cv::Scalar::all(0), 3 * unit, unit, &overlay.rgb);
    DrawMark(mark, cv::Scalar::all(255), unit, unit, &overlay.rgb);
  }
  return overlay;
}

Image Preview(const Image& image, int max_side) {
  const int longer = std::max(image.width(), image.height());
  if (longer <= max_side) return {EightBits(image)};
  const auto shrunk = [&](int side) {
    return std::max(1, static_cast<int>(std::lround(static_cast<double>(side) * max_side / longer)));
  };
  return {EightBits({Shrink(image.rgb, shrunk(image.height()), shrunk(image.width())), image.full_scale})};
}

}  // namespace mlfsc
