#include "core/image/orientation.h"

#include <cstddef>
#include <cstdint>

#include <opencv2/core.hpp>

namespace mlfsc {
namespace {

constexpr uint32_t kOrientationTag = 0x0112;
constexpr uint32_t kShortType = 3;
constexpr size_t kEntrySize = 12;

// Numbers of a TIFF structure in its own byte order. Positions outside the block read as 0.
class TiffBlock {
 public:
  explicit TiffBlock(absl::string_view bytes) : bytes_(bytes), big_endian_(Starts("MM")) {}

  bool Valid() const { return (big_endian_ || Starts("II")) && Short(2) == 42; }
  uint32_t Short(size_t position) const { return Number(position, 2); }
  uint32_t Long(size_t position) const { return Number(position, 4); }

 private:
  bool Starts(absl::string_view text) const { return bytes_.substr(0, text.size()) == text; }

  uint32_t Number(size_t position, size_t size) const {
    if (size > bytes_.size() || position > bytes_.size() - size) return 0;
    uint32_t number = 0;
    for (size_t i = 0; i < size; ++i) {
      const uint32_t byte = static_cast<uint8_t>(bytes_[position + i]);
      number |= byte << (8 * (big_endian_ ? size - 1 - i : i));
    }
    return number;
  }

  absl::string_view bytes_;
  bool big_endian_;
};

}  // namespace

int ReadExifOrientation(absl::string_view exif) {
  const TiffBlock block(exif);
  if (!block.Valid()) return kUpright;
  const size_t directory = block.Long(4);
  const size_t entries = block.Short(directory);
  for (size_t i = 0; i < entries; ++i) {
    const size_t entry = directory + 2 + i * kEntrySize;
    if (block.Short(entry) != kOrientationTag || block.Short(entry + 2) != kShortType) continue;
    const uint32_t orientation = block.Short(entry + 8);
    return orientation >= 1 && orientation <= kOrientations ? static_cast<int>(orientation) : kUpright;
  }
  return kUpright;
}

cv::Mat Upright(const cv::Mat& stored, int orientation) {
  cv::Mat upright;
  switch (orientation) {
    case 2:
      cv::flip(stored, upright, 1);
      return upright;
    case 3:
      cv::rotate(stored, upright, cv::ROTATE_180);
      return upright;
    case 4:
      cv::flip(stored, upright, 0);
      return upright;
    case 5:
      cv::transpose(stored, upright);
      return upright;
    case 6:
      cv::rotate(stored, upright, cv::ROTATE_90_CLOCKWISE);
      return upright;
    case 7: {
      cv::Mat turned;
      cv::rotate(stored, turned, cv::ROTATE_180);
      cv::transpose(turned, upright);
      return upright;
    }
    case 8:
      cv::rotate(stored, upright, cv::ROTATE_90_COUNTERCLOCKWISE);
      return upright;
    default:
      return stored;
  }
}

}  // namespace mlfsc
