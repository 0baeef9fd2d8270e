#include "client/pictures/mask_palette.h"

#include <algorithm>
#include <cstdint>

#include <zlib.h>

#include "absl/strings/match.h"
#include "core/image/picture_format.h"

namespace mlfsc::client {
namespace {

// A number in `bytes`; what lies outside reads as 0.
uint64_t NumberAt(absl::string_view bytes, size_t position, size_t size, bool big_endian) {
  if (position > bytes.size() || size > bytes.size() - position) return 0;
  uint64_t number = 0;
  for (size_t i = 0; i < size; ++i) {
    const uint64_t byte = static_cast<uint8_t>(bytes[position + (big_endian ? i : size - 1 - i)]);
    number = number << 8 | byte;
  }
  return number;
}

constexpr size_t kPngMagic = 8;
constexpr size_t kPngColorType = 25;
constexpr uint64_t kPngPalette = 3;
constexpr uint64_t kTiffPalette = 3;

}  // namespace

std::optional<FilePalette> FilePalette::Find(absl::string_view bytes) {
  FilePalette palette(bytes);
  const absl::StatusOr<PictureFormat> format = DetectFormat(bytes);
  if (!format.ok()) return std::nullopt;
  const bool found = *format == PictureFormat::kPng    ? palette.FindInPng()
                     : *format == PictureFormat::kBmp  ? palette.FindInBmp()
                     : *format == PictureFormat::kTiff ? palette.FindInTiff()
                                                       : false;
  if (!found || palette.entries_.empty()) return std::nullopt;
  for (const std::vector<Bytes>& entry : palette.entries_) {
    for (const Bytes& part : entry) {
      if (part.position > bytes.size() || part.size > bytes.size() - part.position) return std::nullopt;
    }
  }
  return palette;
}

bool FilePalette::FindInPng() {
  if (NumberAt(bytes_, kPngColorType, 1, true) != kPngPalette) return false;
  for (size_t chunk = kPngMagic; chunk + 12 <= bytes_.size();) {
    const size_t size = NumberAt(bytes_, chunk, 4, true);
    if (size > bytes_.size() - chunk - 12) return false;
    if (bytes_.substr(chunk + 4, 4) == "PLTE") {
      chunk_ = chunk + 4;
      chunk_size_ = size;
      for (size_t entry = 0; entry < size / 3; ++entry) entries_.push_back({{chunk + 8 + 3 * entry, 3}});
      return true;
    }
    chunk += size + 12;
  }
  return false;
}

bool FilePalette::FindInBmp() {
  // core/image/bmp_decoder.cc reads the same.
  const size_t header = NumberAt(bytes_, 14, 4, false);
  const bool old = header == 12;
  const size_t bits = NumberAt(bytes_, old ? 24 : 28, 2, false);
  const size_t pixels = NumberAt(bytes_, 10, 4, false);
  if (bits == 0 || bits > 8) return false;
  const size_t stride = old ? 3 : 4;
  for (size_t entry = 0; entry < size_t{1} << bits; ++entry) {
    const size_t position = 14 + header + entry * stride;
    if (position + 3 > pixels) break;
    entries_.push_back({{position, 3}});
  }
  return true;
}

bool FilePalette::FindInTiff() {
  const bool big_endian = absl::StartsWith(bytes_, "MM");
  if (NumberAt(bytes_, 2, 2, big_endian) != 42) return false;
  const size_t directory = NumberAt(bytes_, 4, 4, big_endian);
  const size_t fields = NumberAt(bytes_, directory, 2, big_endian);
  uint64_t photometric = 0;
  size_t numbers = 0;
  size_t colors = 0;
  for (size_t i = 0; i < fields; ++i) {
    const size_t field = directory + 2 + 12 * i;
    const uint64_t tag = NumberAt(bytes_, field, 2, big_endian);
    if (tag == 262) photometric = NumberAt(bytes_, field + 8, 2, big_endian);
    if (tag == 320) {
      numbers = NumberAt(bytes_, field + 4, 4, big_endian);
      colors = NumberAt(bytes_, field + 8, 4, big_endian);
    }
  }
  // All reds, then all greens, then all blues, 16 bits each.
  const size_t entries = numbers / 3;
  if (photometric != kTiffPalette || colors == 0 || entries > (size_t{1} << 16)) return false;
  for (size_t entry = 0; entry < entries; ++entry) {
    entries_.push_back({{colors + 2 * entry, 2},
                        {colors + 2 * (entries + entry), 2},
                        {colors + 2 * (2 * entries + entry), 2}});
  }
  return true;
}

bool FilePalette::IsBlack(int entry) const {
  return std::all_of(entries_[entry].begin(), entries_[entry].end(), [this](const Bytes& part) {
    return bytes_.substr(part.position, part.size).find_first_not_of('\0') == absl::string_view::npos;
  });
}

std::string FilePalette::Repainted(const std::function<bool(int)>& white) const {
  std::string file(bytes_);
  for (int entry = 0; entry < entries(); ++entry) {
    const char level = white(entry) ? '\xff' : '\0';
    for (const Bytes& part : entries_[entry]) file.replace(part.position, part.size, part.size, level);
  }
  if (chunk_ > 0) {
    const auto* const begin = reinterpret_cast<const Bytef*>(file.data() + chunk_);
    const uLong checksum = crc32(0, begin, static_cast<uInt>(4 + chunk_size_));
    for (size_t i = 0; i < 4; ++i) {
      file[chunk_ + 4 + chunk_size_ + i] = static_cast<char>(checksum >> (24 - 8 * i) & 0xFF);
    }
  }
  return file;
}

}  // namespace mlfsc::client
