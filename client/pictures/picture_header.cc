#include "client/pictures/picture_header.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "absl/strings/match.h"
#include "core/image/picture_format.h"

namespace mlfsc::client {
namespace {

// What lies outside reads as 0.
uint64_t NumberAt(absl::string_view bytes, size_t position, size_t size, bool big_endian = true) {
  if (position > bytes.size() || size > bytes.size() - position) return 0;
  uint64_t number = 0;
  for (size_t i = 0; i < size; ++i) {
    number = number << 8 | static_cast<uint8_t>(bytes[position + (big_endian ? i : size - 1 - i)]);
  }
  return number;
}

int OrientationOfPng(absl::string_view bytes) {
  for (size_t chunk = 8; chunk + 12 <= bytes.size();) {
    const size_t size = NumberAt(bytes, chunk, 4);
    if (size > bytes.size() - chunk - 12) break;
    if (bytes.substr(chunk + 4, 4) == "eXIf") return ReadExifOrientation(bytes.substr(chunk + 8, size));
    chunk += size + 12;
  }
  return kUpright;
}

struct JpegHeader {
  int orientation = kUpright;
  // 0 when the file ends before its frame.
  int width = 0;
  int height = 0;
};

JpegHeader ReadJpegHeader(absl::string_view bytes) {
  constexpr absl::string_view kExif("Exif\0\0", 6);
  JpegHeader header;
  bool exif_seen = false;
  for (size_t marker = 2; marker + 4 <= bytes.size();) {
    if (bytes[marker] != '\xff') break;
    const auto type = static_cast<uint8_t>(bytes[marker + 1]);
    // Any number of these may stand before a marker.
    if (type == 0xff) {
      ++marker;
      continue;
    }
    // The scan: what describes the picture stands before it.
    if (type == 0xda) break;
    const size_t size = NumberAt(bytes, marker + 2, 2);
    const absl::string_view segment = bytes.substr(marker + 4, size < 2 ? 0 : size - 2);
    if (type == 0xe1 && !exif_seen && absl::StartsWith(segment, kExif)) {
      header.orientation = ReadExifOrientation(segment.substr(kExif.size()));
      exif_seen = true;
    }
    // Start of a frame, of whatever coding; c4, c8 and cc are tables.
    if (type >= 0xc0 && type <= 0xcf && type != 0xc4 && type != 0xc8 && type != 0xcc) {
      header.height = static_cast<int>(NumberAt(segment, 1, 2));
      header.width = static_cast<int>(NumberAt(segment, 3, 2));
    }
    marker += 2 + size;
  }
  return header;
}

// Width and height as stored; 0 where the file does not say.
std::pair<int64_t, int64_t> TiffSides(absl::string_view bytes) {
  constexpr int kShort = 3;
  const bool big_endian = absl::StartsWith(bytes, "MM");
  const bool big = NumberAt(bytes, 2, 2, big_endian) == 43;
  const size_t directory = NumberAt(bytes, big ? 8 : 4, big ? 8 : 4, big_endian);
  const size_t fields = NumberAt(bytes, directory, big ? 8 : 2, big_endian);
  const size_t first = directory + (big ? 8 : 2);
  const size_t step = big ? 20 : 12;
  std::pair<int64_t, int64_t> sides;
  for (size_t i = 0; i < fields && first + i * step < bytes.size(); ++i) {
    const size_t field = first + i * step;
    const uint64_t tag = NumberAt(bytes, field, 2, big_endian);
    const size_t size = NumberAt(bytes, field + 2, 2, big_endian) == kShort ? 2 : 4;
    const auto value = static_cast<int64_t>(NumberAt(bytes, field + (big ? 12 : 8), size, big_endian));
    if (tag == 256) sides.first = value;
    if (tag == 257) sides.second = value;
  }
  return sides;
}

std::pair<int64_t, int64_t> BmpSides(absl::string_view bytes) {
  if (NumberAt(bytes, 14, 4, false) == 12)
    return {NumberAt(bytes, 18, 2, false), NumberAt(bytes, 20, 2, false)};
  // Rows from the top have a negative height.
  const auto height = static_cast<int32_t>(NumberAt(bytes, 22, 4, false));
  return {NumberAt(bytes, 18, 4, false), std::abs(static_cast<int64_t>(height))};
}

}  // namespace

int OrientationOf(absl::string_view bytes) {
  const absl::StatusOr<PictureFormat> format = DetectFormat(bytes);
  if (!format.ok()) return kUpright;
  switch (*format) {
    case PictureFormat::kPng:
      return OrientationOfPng(bytes);
    case PictureFormat::kJpeg:
      return ReadJpegHeader(bytes).orientation;
    case PictureFormat::kTiff:
      // An EXIF block is a TIFF file.
      return ReadExifOrientation(bytes);
    case PictureFormat::kBmp:
      return kUpright;
  }
  return kUpright;
}

std::optional<PictureFrame> FrameOf(absl::string_view bytes) {
  const absl::StatusOr<PictureFormat> format = DetectFormat(bytes);
  if (!format.ok()) return std::nullopt;
  std::pair<int64_t, int64_t> sides;
  switch (*format) {
    case PictureFormat::kPng:
      sides = {NumberAt(bytes, 16, 4), NumberAt(bytes, 20, 4)};
      break;
    case PictureFormat::kJpeg: {
      const JpegHeader header = ReadJpegHeader(bytes);
      sides = {header.width, header.height};
      break;
    }
    case PictureFormat::kTiff:
      sides = TiffSides(bytes);
      break;
    case PictureFormat::kBmp:
      sides = BmpSides(bytes);
      break;
  }
  const auto [width, height] = sides;
  constexpr int64_t kMostSide = int64_t{1} << 30;
  if (width < 1 || height < 1 || width > kMostSide || height > kMostSide) return std::nullopt;
  PictureFrame frame{static_cast<int>(width), static_cast<int>(height), OrientationOf(bytes)};
  if (frame.orientation >= 5) std::swap(frame.width, frame.height);
  return frame;
}

}  // namespace mlfsc::client
