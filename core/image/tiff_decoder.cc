#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <tiffio.h>

#include "absl/strings/str_cat.h"
#include "core/image/decoders.h"
#include "core/image/tiff_layout.h"
#include "core/image/tiff_pages.h"
#include "core/image/tiff_reader.h"

namespace mlfsc {
namespace {

using Colour = std::array<uint8_t, 3>;

// What samples of up to 8 bits stand for: levels of grey, or of each colour, spread over 0 to 255; or the
// colours of a palette.
class Levels {
 public:
  absl::Status Read(const TiffLayout& layout, TIFF* tiff) {
    const size_t count = size_t{1} << layout.bits;
    palette_ = layout.photometric == PHOTOMETRIC_PALETTE;
    if (palette_) return ReadPalette(count, tiff);
    for (size_t value = 0; value < count; ++value) {
      colours_[value].fill(static_cast<uint8_t>((value * 255 + (count - 1) / 2) / (count - 1)));
    }
    return absl::OkStatus();
  }

  bool palette() const { return palette_; }
  const Colour& operator[](uint8_t value) const { return colours_[value]; }

 private:
  absl::Status ReadPalette(size_t count, TIFF* tiff) {
    const uint16_t* channels[3] = {};
    if (TIFFGetField(tiff, TIFFTAG_COLORMAP, &channels[0], &channels[1], &channels[2]) == 0) {
      return RefuseTiff("no palette, which its pixels refer to");
    }
    // Entries have 16 bits; some writers leave them at 8.
    bool eight_bits = true;
    for (const uint16_t* channel : channels) {
      eight_bits = eight_bits && std::all_of(channel, channel + count, [](uint16_t v) { return v < 256; });
    }
    for (size_t value = 0; value < count; ++value) {
      for (size_t channel = 0; channel < 3; ++channel) {
        const int entry = channels[channel][value];
        colours_[value][channel] = static_cast<uint8_t>(eight_bits ? entry : entry >> 8);
      }
    }
    return absl::OkStatus();
  }

  bool palette_ = false;
  std::array<Colour, 256> colours_ = {};
};

// `count` samples of `bits` bits, the first in the highest bits of the first byte.
template <typename T>
void Unpack(const uint8_t* packed, int bits, size_t count, T* samples) {
  uint32_t window = 0;
  int in_window = 0;
  const uint32_t mask = (1u << bits) - 1;
  for (size_t i = 0; i < count; ++i) {
    while (in_window < bits) {
      window = window << 8 | *packed++;
      in_window += 8;
    }
    in_window -= bits;
    samples[i] = static_cast<T>(window >> in_window & mask);
  }
}

// A strip or a tile, as libtiff gives it: rows of whole bytes.
class Block {
 public:
  explicit Block(const TiffLayout& layout)
      : layout_(layout),
        samples_(layout.separate() ? 1 : layout.samples),
        row_bytes_((size_t{layout.block_width} * samples_ * layout.bits + 7) / 8),
        bytes_(row_bytes_ * layout.block_height) {}

  // What is part of the picture at (x, y) and to be there; false when it is not, or damaged.
  bool Read(uint32_t x, uint32_t y, uint16_t plane, TiffReader* reader) {
    const uint32_t rows = std::min(layout_.block_height, layout_.height - y);
    // The last strip ends with the picture, the last tiles are whole.
    const auto size = static_cast<tmsize_t>(row_bytes_ * (layout_.tiled ? layout_.block_height : rows));
    TIFF* tiff = reader->tiff();
    const tmsize_t read =
        layout_.tiled ? TIFFReadEncodedTile(tiff, TIFFComputeTile(tiff, x, y, 0, plane), bytes_.data(), size)
                      : TIFFReadEncodedStrip(tiff, TIFFComputeStrip(tiff, y, plane), bytes_.data(), size);
    return read == size && !reader->damaged();
  }

  // A row's samples, `samples()` a pixel.
  template <typename T>
  const T* Row(int y, std::vector<T>* unpacked) const {
    const uint8_t* row = bytes_.data() + static_cast<size_t>(y) * row_bytes_;
    if (layout_.bits == 8 * sizeof(T)) return reinterpret_cast<const T*>(row);
    unpacked->resize(size_t{layout_.block_width} * samples_);
    Unpack(row, layout_.bits, unpacked->size(), unpacked->data());
    return unpacked->data();
  }

  size_t samples() const { return samples_; }

 private:
  const TiffLayout& layout_;
  const size_t samples_;
  const size_t row_bytes_;
  std::vector<uint8_t> bytes_;
};

// A block's row, from its first sample on, to the picture's, at its first pixel. `plane`: of separate ones.
template <typename T>
void CopyRow(const T* in, size_t samples, const TiffLayout& layout, int plane, const Levels& levels,
             int width, T* out) {
  const bool one_level = layout.grey() || levels.palette();
  for (int x = 0; x < width; ++x, in += samples, out += 3) {
    if constexpr (sizeof(T) == 1) {
      if (one_level) {
        std::copy_n(levels[in[0]].data(), 3, out);
      } else if (layout.separate()) {
        out[plane] = levels[in[0]][0];
      } else {
        for (size_t channel = 0; channel < 3; ++channel) out[channel] = levels[in[channel]][0];
      }
    } else if (one_level) {
      out[0] = out[1] = out[2] = in[0];
    } else if (layout.separate()) {
      out[plane] = in[0];
    } else {
      std::copy_n(in, 3, out);
    }
  }
}

// Grey, RGB or palette: block by block, the first samples of each pixel. T holds a sample.
template <typename T>
absl::Status ReadPlain(const TiffLayout& layout, TiffReader* reader, cv::Mat* rgb) {
  Levels levels;
  if (sizeof(T) == 1) {
    if (absl::Status status = levels.Read(layout, reader->tiff()); !status.ok()) return status;
  }
  const uint16_t planes = layout.separate() && layout.photometric == PHOTOMETRIC_RGB ? 3 : 1;
  Block block(layout);
  std::vector<T> unpacked;
  for (uint16_t plane = 0; plane < planes; ++plane) {
    for (uint32_t y = 0; y < layout.height; y += layout.block_height) {
      for (uint32_t x = 0; x < layout.width; x += layout.block_width) {
        if (!block.Read(x, y, plane, reader)) return reader->error();
        const int width = static_cast<int>(std::min(layout.block_width, layout.width - x));
        const int height = static_cast<int>(std::min(layout.block_height, layout.height - y));
        for (int row = 0; row < height; ++row) {
          T* out = rgb->ptr<T>(static_cast<int>(y) + row) + 3 * size_t{x};
          CopyRow(block.Row<T>(row, &unpacked), block.samples(), layout, plane, levels, width, out);
        }
      }
    }
  }
  return absl::OkStatus();
}

// YCbCr and CMYK by libtiff's own conversion to RGB of 8 bits.
absl::Status ReadConverted(const TiffLayout& layout, TiffReader* reader, cv::Mat* rgb) {
  // libtiff would mirror the picture, but not turn it.
  TIFFSetField(reader->tiff(), TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
  cv::Mat raster(static_cast<int>(layout.height), static_cast<int>(layout.width), CV_8UC4);
  char message[1024] = "";
  TIFFRGBAImage conversion;
  if (TIFFRGBAImageOK(reader->tiff(), message) == 0 ||
      TIFFRGBAImageBegin(&conversion, reader->tiff(), /*stop=*/1, message) == 0) {
    return absl::InvalidArgumentError(absl::StrCat("TIFF file cannot be decoded: ", message));
  }
  conversion.req_orientation = ORIENTATION_TOPLEFT;
  const int ok = TIFFRGBAImageGet(&conversion, raster.ptr<uint32_t>(), layout.width, layout.height);
  TIFFRGBAImageEnd(&conversion);
  if (ok == 0 || reader->damaged()) return reader->error();
  // A pixel of the raster is red in the lowest byte, then green, blue and alpha.
  cv::cvtColor(raster, *rgb, cv::COLOR_RGBA2RGB);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<StoredPicture> DecodeTiff(const EncodedPicture& file, const PictureLimits& limits) {
  // A strip may hold the whole picture.
  const int64_t pixels = int64_t{limits.max_side} * limits.max_side;
  TiffReader reader(file.bytes, static_cast<int64_t>(limits.max_bytes) + pixels * kMaxTiffSamples * 2);
  if (reader.tiff() == nullptr) return reader.error();
  if (absl::Status status = SelectTiffPage(&reader, file.page); !status.ok()) return status;
  const TiffLayout layout = ReadTiffLayout(reader.tiff());
  if (absl::Status status = CheckSides(layout.width, layout.height, limits); !status.ok()) return status;
  if (absl::Status status = CheckTiffLayout(layout, limits); !status.ok()) return status;

  StoredPicture picture;
  if (layout.orientation >= 1 && layout.orientation <= kOrientations)
    picture.orientation = layout.orientation;
  picture.bits = layout.sample_bits();
  const bool sixteen = picture.bits.stored > 8;
  cv::Mat& rgb = picture.image.rgb;
  rgb.create(static_cast<int>(layout.height), static_cast<int>(layout.width), sixteen ? CV_16UC3 : CV_8UC3);
  const absl::Status status = !layout.plain() ? ReadConverted(layout, &reader, &rgb)
                              : sixteen       ? ReadPlain<uint16_t>(layout, &reader, &rgb)
                                              : ReadPlain<uint8_t>(layout, &reader, &rgb);
  if (!status.ok()) return status;
  return picture;
}

}  // namespace mlfsc
