#include "core/image/picture_header.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <utility>

#include "absl/strings/match.h"
#include "core/image/picture_format.h"

namespace mlfsc {
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
      header.height = std::max(header.height, static_cast<int>(NumberAt(segment, 1, 2)));
      header.width = std::max(header.width, static_cast<int>(NumberAt(segment, 3, 2)));
    }
    marker += 2 + size;
  }
  return header;
}

// The directories of a TIFF file, one after the other.
class TiffDirectories {
 public:
  explicit TiffDirectories(absl::string_view bytes)
      : bytes_(bytes),
        big_endian_(absl::StartsWith(bytes, "MM")),
        big_(Number(2, 2) == 43),
        ahead_({static_cast<size_t>(big_ ? Number(8, 8) : Number(4, 4))}) {}

  // Width and height as stored, 0 where it does not say; nothing behind the last. Those below a directory
  // (SubIFDs) come after it. The first thousand: a file can have them go in a circle.
  std::optional<std::pair<int64_t, int64_t>> Next() {
    if (ahead_.empty() || ++seen_ > kMost) return std::nullopt;
    const size_t directory = ahead_.front();
    ahead_.pop_front();
    const size_t first = directory + (big_ ? 8 : 2);
    const size_t step = big_ ? 20 : 12;
    const uint64_t fields = std::min<uint64_t>(Number(directory, big_ ? 8 : 2), bytes_.size() / step);
    std::pair<int64_t, int64_t> sides;
    for (size_t i = 0; i < fields; ++i) {
      const size_t field = first + i * step;
      const uint64_t tag = Number(field, 2);
      if (tag == kWidth) sides.first = Value(field);
      if (tag == kHeight) sides.second = Value(field);
      if (tag == kSubDirectories) AddSubDirectories(field);
    }
    const uint64_t next = Number(first + fields * step, big_ ? 8 : 4);
    if (next != 0) ahead_.push_back(next);
    return sides;
  }

 private:
  static constexpr int kMost = 1000;
  static constexpr uint64_t kWidth = 256;
  static constexpr uint64_t kHeight = 257;
  static constexpr uint64_t kSubDirectories = 330;
  static constexpr uint64_t kShort = 3;

  uint64_t Number(size_t at, size_t size) const { return NumberAt(bytes_, at, size, big_endian_); }
  size_t value_at(size_t field) const { return field + (big_ ? 12 : 8); }
  int64_t Value(size_t field) const {
    return static_cast<int64_t>(Number(value_at(field), Number(field + 2, 2) == kShort ? 2 : 4));
  }

  void AddSubDirectories(size_t field) {
    const uint64_t type = Number(field + 2, 2);
    const size_t size = type == 16 || type == 18 ? 8 : 4;
    const uint64_t count = Number(field + 4, big_ ? 8 : 4);
    const size_t room = big_ ? 8 : 4;
    const size_t first = count * size <= room ? value_at(field) : Number(value_at(field), room);
    for (uint64_t i = 0; i < std::min<uint64_t>(count, kMost); ++i) ahead_.push_back(Number(first + i * size, size));
  }

  const absl::string_view bytes_;
  const bool big_endian_;
  const bool big_;
  std::deque<size_t> ahead_;
  int seen_ = 0;
};

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
      sides = TiffDirectories(bytes).Next().value_or(sides);
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

int64_t MostPixelsOf(absl::string_view bytes) {
  const absl::StatusOr<PictureFormat> format = DetectFormat(bytes);
  if (!format.ok()) return 0;
  if (*format != PictureFormat::kTiff) {
    const std::optional<PictureFrame> frame = FrameOf(bytes);
    return frame.has_value() ? int64_t{frame->width} * frame->height : 0;
  }
  int64_t most = 0;
  TiffDirectories directories(bytes);
  while (const auto sides = directories.Next()) {
    constexpr int64_t kMostSide = int64_t{1} << 31;
    most = std::max(most, std::min(sides->first, kMostSide) * std::min(sides->second, kMostSide));
  }
  return most;
}

}  // namespace mlfsc
