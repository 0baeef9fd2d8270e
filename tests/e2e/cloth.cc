#include "tests/e2e/cloth.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "core/image/draw.h"

namespace mlfsc {
namespace {

// What the defect does to the brightness at (x, y).
double Damaged(Defect defect, int x, int y, double brightness) {
  const double dx = x - kDefectX;
  const double dy = y - kDefectY;
  const double reach = kDefectSide / 2.0;
  switch (defect) {
    case Defect::kNone:
      return brightness;
    case Defect::kHole:
      return std::hypot(dx, dy) < reach * 0.7 ? 20 : brightness;
    case Defect::kStain:
      return brightness - 70 * std::exp(-2 * (dx * dx + dy * dy) / (reach * reach));
    case Defect::kScratch:
      return std::abs(dx - dy) < 4 && std::abs(dx) < reach ? 245 : brightness;
  }
  return brightness;
}

}  // namespace

cv::Mat Cloth(unsigned seed, Defect defect) {
  std::mt19937 random(seed);
  // Not std::normal_distribution, whose numbers differ between libraries.
  const auto noise = [&random] { return static_cast<double>(random() % 1024) / 512 - 1; };
  const double shift_x = noise() * 4;
  const double shift_y = noise() * 4;
  const double light = noise() * 6;
  cv::Mat rgb(kClothHeight, kClothWidth, CV_8UC3);
  for (int y = 0; y < rgb.rows; ++y) {
    for (int x = 0; x < rgb.cols; ++x) {
      const double warp = std::sin((x + shift_x) * 2 * M_PI / 8);
      const double weft = std::sin((y + shift_y) * 2 * M_PI / 10);
      const double woven = 128 + light + 30 * std::max(warp, weft) + 6 * noise();
      const double brightness = std::clamp(Damaged(defect, x, y, woven), 0.0, 255.0);
      rgb.at<cv::Vec3b>(y, x) = {static_cast<uchar>(brightness), static_cast<uchar>(brightness * 0.9),
                                 static_cast<uchar>(brightness * 0.7)};
    }
  }
  return rgb;
}

std::string ClothPng(unsigned seed, Defect defect) {
  Image image;
  image.rgb = Cloth(seed, defect);
  return EncodePng(image).value();
}

std::vector<std::string> GoodCloths(int count) {
  std::vector<std::string> pictures;
  for (int i = 1; i <= count; ++i) pictures.push_back(ClothPng(static_cast<unsigned>(i)));
  return pictures;
}

}  // namespace mlfsc
