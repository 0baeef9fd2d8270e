// Small pictures of woven cloth, good and with a defect.
#ifndef MLFSC_TESTS_E2E_CLOTH_H_
#define MLFSC_TESTS_E2E_CLOTH_H_

#include <string>
#include <vector>

#include <opencv2/core/mat.hpp>

namespace mlfsc {

inline constexpr int kClothWidth = 200;
inline constexpr int kClothHeight = 160;
// Where defects are: a square of kDefectSide around this point.
inline constexpr int kDefectX = 140;
inline constexpr int kDefectY = 50;
inline constexpr int kDefectSide = 36;

enum class Defect { kNone, kHole, kStain, kScratch };

// [kClothHeight, kClothWidth] CV_8UC3, RGB. Equal arguments give equal pictures.
cv::Mat Cloth(unsigned seed, Defect defect = Defect::kNone);

// PNG files.
std::string ClothPng(unsigned seed, Defect defect = Defect::kNone);
// Of seeds 1 to `count`.
std::vector<std::string> GoodCloths(int count);

}  // namespace mlfsc

#endif  // MLFSC_TESTS_E2E_CLOTH_H_
