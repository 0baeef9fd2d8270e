// Layouts: https://learn.microsoft.com/windows/win32/gdi/bitmap-storage
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include <opencv2/core.hpp>

#include "absl/strings/str_format.h"
#include "core/image/bmp_run_length.h"
#include "core/image/decoders.h"

namespace mlfsc {
namespace {

constexpr size_t kFileHeaderSize = 14;
// The oldest header, with sides of 16 bits and palette entries of three bytes.
constexpr uint32_t kCoreHeaderSize = 12;
constexpr uint32_t kInfoHeaderSize = 40;
constexpr uint32_t kLongestHeader = 124;
// Follow the info header, or are part of a longer one.
constexpr size_t kMasksPosition = kFileHeaderSize + kInfoHeaderSize;

enum Compression : uint32_t {
  kUncompressed = 0,
  kRunLength8 = 1,
  kRunLength4 = 2,
  kBitFields = 3,
  kEmbeddedJpeg = 4,
  kEmbeddedPng = 5,
  kAlphaBitFields = 6,
};

using Colour = std::array<uint8_t, 3>;

// One colour in a pixel of 16 or 32 bits.
class Field {
 public:
  Field() = default;
  // `mask`: its bits, side by side; none for a colour that is not there.
  explicit Field(uint32_t mask) {
    if (mask == 0) return;
    while ((mask >> shift_ & 1) == 0) ++shift_;
    // Of more than 8 bits the highest 8.
    while (mask >> shift_ > 255) ++shift_;
    mask_ = mask >> shift_;
    for (uint32_t value = 0; value <= mask_; ++value) {
      levels_[value] = static_cast<uint8_t>((value * 255 + mask_ / 2) / mask_);
    }
  }

  // The colour's value in `pixel`, spread over 0 to 255.
  uint8_t Extract(uint32_t pixel) const { return levels_[pixel >> shift_ & mask_]; }

 private:
  int shift_ = 0;
  uint32_t mask_ = 0;
  std::array<uint8_t, 256> levels_ = {};
};

struct Header {
  int64_t width = 0;
  int64_t height = 0;
  bool top_down = false;
  int bits = 0;
  uint32_t compression = kUncompressed;
  // Of red, green and blue in 16 and 32 bits a pixel.
  std::array<uint32_t, 3> masks = {};
  size_t palette_position = 0;
  size_t palette_entry_size = 4;
  uint64_t pixels_position = 0;

  bool run_length() const {
    return (compression == kRunLength8 && bits == 8) || (compression == kRunLength4 && bits == 4);
  }
  uint64_t row_size() const { return (static_cast<uint64_t>(bits) * width + 31) / 32 * 4; }
};

// Little-endian numbers of a file. What lies outside reads as 0: the header's own length is checked first,
// and a palette may be shorter than its index.
class Bytes {
 public:
  explicit Bytes(absl::string_view bytes) : bytes_(bytes) {}

  size_t size() const { return bytes_.size(); }
  absl::string_view From(size_t position) const { return bytes_.substr(position); }
  const uint8_t* at(size_t position) const {
    return reinterpret_cast<const uint8_t*>(bytes_.data()) + position;
  }
  uint32_t Byte(size_t position) const { return position < bytes_.size() ? *at(position) : 0; }
  uint32_t Short(size_t position) const { return Byte(position) | Byte(position + 1) << 8; }
  uint32_t Long(size_t position) const { return Short(position) | Short(position + 2) << 16; }

 private:
  absl::string_view bytes_;
};

// Bits side by side for each colour, or none for one that is not there; no bit for two of them.
absl::Status CheckMasks(const std::array<uint32_t, 3>& masks) {
  const auto refuse = [&masks] {
    return absl::InvalidArgumentError(
        absl::StrFormat("BMP file has the masks %08x, %08x and %08x for red, green and blue; each must have "
                        "bits, side by side and of its own",
                        masks[0], masks[1], masks[2]));
  };
  uint32_t taken = 0;
  for (const uint32_t mask : masks) {
    const uint32_t lowest = mask & (~mask + 1);
    const bool gapless = mask == 0 || ((mask / lowest) & (mask / lowest + 1)) == 0;
    if (!gapless || (mask & taken) != 0) return refuse();
    taken |= mask;
  }
  return taken != 0 ? absl::OkStatus() : refuse();
}

absl::Status CheckLayout(const Header& header) {
  if (header.compression == kEmbeddedJpeg || header.compression == kEmbeddedPng) {
    return absl::InvalidArgumentError(absl::StrFormat("BMP file holds a %s file; that is read by itself only",
                                                      header.compression == kEmbeddedJpeg ? "JPEG" : "PNG"));
  }
  const bool fields = header.compression == kBitFields || header.compression == kAlphaBitFields;
  if (header.compression != kUncompressed && !header.run_length() &&
      !(fields && (header.bits == 16 || header.bits == 32))) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "BMP file has compression %d at %d bits a pixel; none, RLE8 and RLE4 (1, 2) at 8 and 4 "
        "bits and bit fields (3, 6) at 16 and 32 are read",
        header.compression, header.bits));
  }
  if (header.run_length() && header.top_down) {
    return absl::InvalidArgumentError("BMP file is damaged: it is run-length coded from the top");
  }
  if (header.bits == 16 || header.bits == 32) return CheckMasks(header.masks);
  for (const int bits : {1, 4, 8, 16, 24, 32}) {
    if (header.bits == bits) return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrFormat("BMP file has %d bits a pixel; 1, 4, 8, 16, 24 and 32 are read", header.bits));
}

absl::StatusOr<Header> ReadHeader(const Bytes& file) {
  const uint32_t size = file.Long(kFileHeaderSize);
  if (file.size() < kFileHeaderSize + kCoreHeaderSize || file.size() < kFileHeaderSize + uint64_t{size}) {
    return absl::InvalidArgumentError(
        absl::StrFormat("BMP file is truncated: it ends in its header, after %d bytes", file.size()));
  }
  if (size != kCoreHeaderSize && (size < kInfoHeaderSize || size > kLongestHeader)) {
    return absl::InvalidArgumentError(
        absl::StrFormat("BMP file is damaged: its header has %d bytes; 12 and 40 to 124 are known", size));
  }
  Header header;
  header.pixels_position = file.Long(10);
  header.palette_position = kFileHeaderSize + size;
  if (size == kCoreHeaderSize) {
    header.width = file.Short(18);
    header.height = file.Short(20);
    header.bits = static_cast<int>(file.Short(24));
    header.palette_entry_size = 3;
    return header;
  }
  header.width = static_cast<int32_t>(file.Long(18));
  const int64_t height = static_cast<int32_t>(file.Long(22));
  header.height = std::abs(height);
  header.top_down = height < 0;
  header.bits = static_cast<int>(file.Short(28));
  header.compression = file.Long(30);
  if (header.compression == kUncompressed) {
    if (header.bits == 16) header.masks = {0x7c00, 0x03e0, 0x001f};
    if (header.bits == 32) header.masks = {0xff0000, 0x00ff00, 0x0000ff};
  } else {
    for (size_t i = 0; i < 3; ++i) header.masks[i] = file.Long(kMasksPosition + 4 * i);
  }
  return header;
}

std::array<Colour, 256> ReadPalette(const Bytes& file, const Header& header) {
  std::array<Colour, 256> palette = {};
  for (size_t i = 0; i < size_t{1} << header.bits; ++i) {
    const size_t entry = header.palette_position + i * header.palette_entry_size;
    // The pixels follow the palette at once, whatever its length.
    if (entry + 3 > header.pixels_position) break;
    for (size_t channel = 0; channel < 3; ++channel) {
      palette[i][channel] = static_cast<uint8_t>(file.Byte(entry + 2 - channel));
    }
  }
  return palette;
}

// `bits`: 1, 4 or 8 an index, the leftmost pixel in a byte's highest bits.
void IndexedRow(const uint8_t* row, int bits, const std::array<Colour, 256>& palette, int width,
                uint8_t* rgb) {
  const int in_a_byte = 8 / bits;
  const unsigned mask = (1u << bits) - 1;
  for (int x = 0; x < width; ++x, rgb += 3) {
    const int shift = 8 - bits * (x % in_a_byte + 1);
    const Colour& colour = palette[(row[x / in_a_byte] >> shift) & mask];
    std::copy(colour.begin(), colour.end(), rgb);
  }
}

void BgrRow(const uint8_t* row, int width, uint8_t* rgb) {
  for (int x = 0; x < width; ++x, row += 3, rgb += 3) {
    rgb[0] = row[2];
    rgb[1] = row[1];
    rgb[2] = row[0];
  }
}

// `size`: bytes a pixel, 2 or 4.
void FieldsRow(const uint8_t* row, int size, const std::array<Field, 3>& fields, int width, uint8_t* rgb) {
  for (int x = 0; x < width; ++x, rgb += 3) {
    uint32_t pixel = 0;
    for (int i = 0; i < size; ++i) pixel |= static_cast<uint32_t>(*row++) << (8 * i);
    for (size_t channel = 0; channel < 3; ++channel) rgb[channel] = fields[channel].Extract(pixel);
  }
}

absl::Status ReadRunLength(const Bytes& file, const Header& header, cv::Mat* rgb) {
  const absl::StatusOr<std::vector<uint8_t>> places =
      DecodeBmpRunLength(file.From(header.pixels_position), header.bits, rgb->cols, rgb->rows);
  if (!places.ok()) return places.status();
  const std::array<Colour, 256> palette = ReadPalette(file, header);
  for (int y = 0; y < rgb->rows; ++y) {
    const uint8_t* row = places->data() + static_cast<size_t>(y) * static_cast<size_t>(rgb->cols);
    IndexedRow(row, 8, palette, rgb->cols, rgb->ptr(rgb->rows - 1 - y));
  }
  return absl::OkStatus();
}

absl::Status ReadRows(const Bytes& file, const Header& header, cv::Mat* rgb) {
  const uint64_t end = header.pixels_position + header.row_size() * header.height;
  if (end > file.size()) {
    return absl::InvalidArgumentError(
        absl::StrFormat("BMP file is truncated: it has %d bytes; its pixels end at %d", file.size(), end));
  }
  std::array<Colour, 256> palette;
  if (header.bits <= 8) palette = ReadPalette(file, header);
  const std::array<Field, 3> fields = {Field(header.masks[0]), Field(header.masks[1]),
                                       Field(header.masks[2])};
  for (int y = 0; y < rgb->rows; ++y) {
    const uint8_t* row = file.at(header.pixels_position + header.row_size() * y);
    uint8_t* out = rgb->ptr(header.top_down ? y : rgb->rows - 1 - y);
    if (header.bits <= 8) {
      IndexedRow(row, header.bits, palette, rgb->cols, out);
    } else if (header.bits == 24) {
      BgrRow(row, rgb->cols, out);
    } else {
      FieldsRow(row, header.bits / 8, fields, rgb->cols, out);
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<StoredPicture> DecodeBmp(absl::string_view bytes, const PictureLimits& limits) {
  const Bytes file(bytes);
  const absl::StatusOr<Header> header = ReadHeader(file);
  if (!header.ok()) return header.status();
  if (absl::Status status = CheckSides(header->width, header->height, limits); !status.ok()) return status;
  if (absl::Status status = CheckLayout(*header); !status.ok()) return status;
  if (header->pixels_position < header->palette_position) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "BMP file is damaged: its pixels begin at byte %d, inside the header", header->pixels_position));
  }
  if (header->pixels_position > file.size()) {
    return absl::InvalidArgumentError(
        absl::StrFormat("BMP file is truncated: it has %d bytes; its pixels begin at %d", file.size(),
                        header->pixels_position));
  }

  StoredPicture picture;
  cv::Mat& rgb = picture.image.rgb;
  rgb.create(static_cast<int>(header->height), static_cast<int>(header->width), CV_8UC3);
  const absl::Status status =
      header->run_length() ? ReadRunLength(file, *header, &rgb) : ReadRows(file, *header, &rgb);
  if (!status.ok()) return status;
  return picture;
}

}  // namespace mlfsc
