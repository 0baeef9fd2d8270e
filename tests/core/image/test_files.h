// Picture files for the tests: encoded by OpenCV, or built byte by byte where OpenCV writes no such file.
#ifndef MLFSC_TESTS_CORE_IMAGE_TEST_FILES_H_
#define MLFSC_TESTS_CORE_IMAGE_TEST_FILES_H_

#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <opencv2/core/mat.hpp>

#include "core/image/picture_limits.h"

namespace mlfsc::testing {

// For tests that are not about limits: quick even when a damaged header asks for the largest picture.
PictureLimits SmallLimits();

// A smooth picture without symmetry, all levels in use. `type`: CV_8UC1 to CV_16UC4; channels in OpenCV's
// order.
cv::Mat TestPicture(int height, int width, int type);

// What decoding `picture` (OpenCV's channel order: grey, BGR or BGRA) should give: RGB without alpha.
cv::Mat ExpectedRgb(const cv::Mat& picture);

// A file by OpenCV. `extension`: ".png".
std::string Encode(const std::string& extension, const cv::Mat& picture,
                   const std::vector<int>& parameters = {});

// The low `bytes` bytes of `value`.
std::string Number(uint64_t value, int bytes, bool big_endian = false);

// An EXIF block that states `orientation`, behind another entry.
std::string ExifBlock(int orientation, bool big_endian);

// The JPEG file with an APP1 segment that holds `exif`.
std::string WithJpegExif(const std::string& jpeg, const std::string& exif);

// A PNG chunk with its length and checksum, and the file with `chunk` put in behind its header.
std::string PngChunk(const std::string& type, const std::string& data);
std::string WithPngChunk(const std::string& png, const std::string& chunk);

// An uncompressed TIFF file.
struct TiffSpec {
  bool big_endian = false;
  bool big_tiff = false;
  int width = 0;
  int height = 0;
  int bits = 8;
  int samples = 1;
  int photometric = 1;
  // 0 = no tag.
  int orientation = 0;
  // Of one extra sample: 1 = associated alpha, 2 = unassociated. 0 = no tag.
  int extra_sample = 0;
  int sample_format = 0;
  bool separate_planes = false;
  // 0 = the whole picture.
  int rows_per_strip = 0;
  // 0 = strips.
  int tile = 0;
  // [2^bits][3], of 16 bits each.
  std::vector<uint16_t> palette;
};
// `samples`: [height, width, spec.samples], before packing into spec.bits.
std::string MakeTiff(const TiffSpec& spec, const std::vector<uint16_t>& samples);

// `picture`'s samples as MakeTiff takes them: RGB or grey, with alpha when it has it.
std::vector<uint16_t> TiffSamples(const cv::Mat& picture);

// Whether two pictures have the same size, type and pixels; says where they differ.
::testing::AssertionResult SamePixels(const cv::Mat& got, const cv::Mat& want);

}  // namespace mlfsc::testing

#endif  // MLFSC_TESTS_CORE_IMAGE_TEST_FILES_H_
