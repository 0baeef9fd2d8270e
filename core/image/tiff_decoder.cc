#include <algorithm>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <limits>
#include <new>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <tiffio.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/image/decoders.h"

namespace mlfsc {
namespace {

// CMYK and alpha.
constexpr int kMaxSamples = 5;

// libtiff on bytes in memory, its messages kept instead of printed. Reads the first picture's directory.
class TiffReader {
 public:
  // `max_allocation`: bytes that libtiff may take in one piece.
  TiffReader(absl::string_view bytes, int64_t max_allocation) : bytes_(bytes) {
    TIFFOpenOptions* options = TIFFOpenOptionsAlloc();
    // The setters would write to it.
    if (options == nullptr) throw std::bad_alloc();
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, max_allocation);
    TIFFOpenOptionsSetErrorHandlerExtR(options, OnError, this);
    TIFFOpenOptionsSetWarningHandlerExtR(options, OnWarning, this);
    // m: no mapping, every read is checked. c: strips as the file has them.
    tiff_ =
        TIFFClientOpenExt("picture", "rmc", this, Read, Write, Seek, Close, Size, nullptr, nullptr, options);
    TIFFOpenOptionsFree(options);
  }
  ~TiffReader() {
    if (tiff_ != nullptr) TIFFClose(tiff_);
  }
  TiffReader(const TiffReader&) = delete;
  TiffReader& operator=(const TiffReader&) = delete;

  // Null when there is no directory to read.
  TIFF* tiff() { return tiff_; }

  // Whether libtiff has met damage that it passed over.
  bool damaged() const { return message_[0] != '\0'; }

  // What libtiff said first.
  absl::Status error() const {
    return absl::InvalidArgumentError(
        absl::StrCat("TIFF file is damaged or truncated: ", damaged() ? message_ : "it has no pixels"));
  }

 private:
  static TiffReader* Self(thandle_t handle) { return static_cast<TiffReader*>(handle); }

  void Keep(const char* format, va_list arguments) {
    if (damaged()) return;
    std::vsnprintf(message_, sizeof(message_), format, arguments);
    // One line, and nothing of the file that a terminal would take for a command.
    for (char& c : message_) {
      if (c != '\0' && !absl::ascii_isprint(static_cast<unsigned char>(c))) c = ' ';
    }
  }

  // Both return whether the message has been dealt with.
  static int OnError(TIFF*, void* self, const char*, const char* format, va_list arguments) {
    Self(self)->Keep(format, arguments);
    return 1;
  }
  static int OnWarning(TIFF*, void* self, const char* module, const char* format, va_list arguments) {
    // Of JPEG data inside a TIFF file libjpeg fills with grey what it cannot decode, and only warns.
    if (module != nullptr && std::strcmp(module, "JPEGLib") == 0) Self(self)->Keep(format, arguments);
    return 1;
  }

  static tmsize_t Read(thandle_t handle, void* to, tmsize_t size) {
    TiffReader* self = Self(handle);
    const uint64_t rest = self->bytes_.size() - std::min<uint64_t>(self->position_, self->bytes_.size());
    const size_t count = static_cast<size_t>(std::min<uint64_t>(rest, std::max<tmsize_t>(size, 0)));
    if (count > 0) std::memcpy(to, self->bytes_.data() + self->position_, count);
    self->position_ += count;
    return static_cast<tmsize_t>(count);
  }
  static tmsize_t Write(thandle_t, void*, tmsize_t) { return 0; }
  static toff_t Seek(thandle_t handle, toff_t offset, int whence) {
    TiffReader* self = Self(handle);
    const toff_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? self->position_ : self->bytes_.size();
    self->position_ = base + offset;
    return self->position_;
  }
  static int Close(thandle_t) { return 0; }
  static toff_t Size(thandle_t handle) { return Self(handle)->bytes_.size(); }

  absl::string_view bytes_;
  toff_t position_ = 0;
  TIFF* tiff_ = nullptr;
  char message_[256] = "";
};

// What the directory says of the picture.
struct Layout {
  uint32_t width = 0;
  uint32_t height = 0;
  uint16_t bits = 1;
  uint16_t samples = 1;
  uint16_t sample_format = SAMPLEFORMAT_UINT;
  uint16_t photometric = PHOTOMETRIC_MINISBLACK;
  uint16_t planes = PLANARCONFIG_CONTIG;
  uint16_t compression = COMPRESSION_NONE;
  uint16_t orientation = ORIENTATION_TOPLEFT;
  // Of a tile, or of a strip of rows.
  uint32_t block_width = 0;
  uint32_t block_height = 0;
  bool tiled = false;

  bool grey() const { return photometric == PHOTOMETRIC_MINISWHITE || photometric == PHOTOMETRIC_MINISBLACK; }
  // Whether samples are grey levels or red, green and blue of whole bytes.
  bool plain() const { return (bits == 8 || bits == 16) && (grey() || photometric == PHOTOMETRIC_RGB); }
};

Layout ReadLayout(TIFF* tiff) {
  Layout layout;
  TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &layout.width);
  TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &layout.height);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &layout.bits);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &layout.samples);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &layout.sample_format);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &layout.planes);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &layout.compression);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_ORIENTATION, &layout.orientation);
  if (TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &layout.photometric) == 0 && layout.samples >= 3) {
    layout.photometric = PHOTOMETRIC_RGB;
  }
  layout.tiled = TIFFIsTiled(tiff) != 0;
  if (layout.tiled) {
    TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &layout.block_width);
    TIFFGetField(tiff, TIFFTAG_TILELENGTH, &layout.block_height);
  } else {
    uint32_t rows = 0;
    TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &rows);
    layout.block_width = layout.width;
    layout.block_height = std::min(rows, layout.height);
  }
  return layout;
}

absl::Status Refuse(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("TIFF file has ", what));
}

absl::Status CheckLayout(const Layout& layout, const PictureLimits& limits) {
  if (layout.sample_format != SAMPLEFORMAT_UINT && layout.sample_format != SAMPLEFORMAT_VOID) {
    const char* format = layout.sample_format == SAMPLEFORMAT_IEEEFP ? "floating-point"
                         : layout.sample_format == SAMPLEFORMAT_INT  ? "signed"
                                                                     : "complex";
    return Refuse(absl::StrFormat("%s samples of %d bits; unsigned ones are read", format, layout.bits));
  }
  if (layout.bits != 1 && layout.bits != 2 && layout.bits != 4 && layout.bits != 8 && layout.bits != 16) {
    return Refuse(absl::StrFormat("%d bits a sample; 1, 2, 4, 8 and 16 are read", layout.bits));
  }
  if (layout.bits == 16 && !layout.plain()) {
    return Refuse(absl::StrFormat("16 bits a sample in colour space %d; with 16 bits grey and RGB are read",
                                  layout.photometric));
  }
  const int min_samples = layout.photometric == PHOTOMETRIC_RGB ? 3 : 1;
  if (layout.samples < min_samples || layout.samples > kMaxSamples) {
    return Refuse(
        absl::StrFormat("%d samples a pixel; %d to %d are read", layout.samples, min_samples, kMaxSamples));
  }
  if (layout.compression == COMPRESSION_OJPEG) {
    return Refuse("old-style JPEG compression (6), which is not read");
  }
  const uint32_t max_tile = static_cast<uint32_t>(std::max(limits.max_side, 1024));
  if (layout.tiled && (layout.block_width > max_tile || layout.block_height > max_tile)) {
    return Refuse(absl::StrFormat("tiles of %dx%d px; the limit is %d px a side", layout.block_width,
                                  layout.block_height, max_tile));
  }
  if (layout.block_width == 0 || layout.block_height == 0) return Refuse("no strips or tiles");
  return absl::OkStatus();
}

// A strip's or tile's part of the picture. `samples`: [.., stride] of the block's rows, `samples_a_pixel`
// apart.
template <typename T>
void CopyBlock(const std::vector<T>& block, const Layout& layout, int plane, const cv::Rect& part,
               cv::Mat* rgb) {
  const bool separate = layout.planes == PLANARCONFIG_SEPARATE;
  const size_t samples = separate ? 1 : layout.samples;
  const T flip = layout.photometric == PHOTOMETRIC_MINISWHITE ? std::numeric_limits<T>::max() : 0;
  for (int y = 0; y < part.height; ++y) {
    const T* in = block.data() + static_cast<size_t>(y) * layout.block_width * samples;
    T* out = rgb->ptr<T>(part.y + y) + 3 * static_cast<size_t>(part.x);
    for (int x = 0; x < part.width; ++x, in += samples, out += 3) {
      if (layout.grey()) {
        // White minus the value when white is stored as 0.
        out[0] = out[1] = out[2] = static_cast<T>(in[0] ^ flip);
      } else if (separate) {
        out[plane] = in[0];
      } else {
        std::copy_n(in, 3, out);
      }
    }
  }
}

// Grey or RGB of 8 or 16 bits, as T: strip by strip or tile by tile, the first samples of each pixel.
template <typename T>
absl::Status ReadPlain(const Layout& layout, TiffReader* reader, cv::Mat* rgb) {
  TIFF* tiff = reader->tiff();
  const bool separate = layout.planes == PLANARCONFIG_SEPARATE;
  const int planes = separate && !layout.grey() ? 3 : 1;
  const size_t row = sizeof(T) * layout.block_width * (separate ? 1 : layout.samples);
  std::vector<T> block(row * layout.block_height / sizeof(T));
  for (int plane = 0; plane < planes; ++plane) {
    for (uint32_t y = 0; y < layout.height; y += layout.block_height) {
      for (uint32_t x = 0; x < layout.width; x += layout.block_width) {
        const cv::Rect part(static_cast<int>(x), static_cast<int>(y),
                            static_cast<int>(std::min(layout.block_width, layout.width - x)),
                            static_cast<int>(std::min(layout.block_height, layout.height - y)));
        // The last strip ends with the picture, the last tiles are whole.
        const tmsize_t size = static_cast<tmsize_t>(row * (layout.tiled ? layout.block_height : part.height));
        const uint16_t sample = static_cast<uint16_t>(plane);
        const tmsize_t read =
            layout.tiled
                ? TIFFReadEncodedTile(tiff, TIFFComputeTile(tiff, x, y, 0, sample), block.data(), size)
                : TIFFReadEncodedStrip(tiff, TIFFComputeStrip(tiff, y, sample), block.data(), size);
        if (read != size || reader->damaged()) return reader->error();
        CopyBlock(block, layout, plane, part, rgb);
      }
    }
  }
  return absl::OkStatus();
}

// Everything else (bilevel, palette, YCbCr, CMYK, CIE Lab) by libtiff's own conversion to 8 bits.
absl::Status ReadConverted(const Layout& layout, TiffReader* reader, cv::Mat* rgb) {
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

absl::StatusOr<StoredPicture> DecodeTiff(absl::string_view bytes, const PictureLimits& limits) {
  // A strip may hold the whole picture.
  const int64_t pixels = int64_t{limits.max_side} * limits.max_side;
  TiffReader reader(bytes, static_cast<int64_t>(limits.max_bytes) + pixels * kMaxSamples * 2);
  if (reader.tiff() == nullptr) return reader.error();
  const Layout layout = ReadLayout(reader.tiff());
  if (absl::Status status = CheckSides(layout.width, layout.height, limits); !status.ok()) return status;
  if (absl::Status status = CheckLayout(layout, limits); !status.ok()) return status;

  StoredPicture picture;
  if (layout.orientation >= 1 && layout.orientation <= kOrientations)
    picture.orientation = layout.orientation;
  const bool sixteen = layout.bits == 16;
  picture.image.full_scale = sixteen ? 65535 : 255;
  cv::Mat& rgb = picture.image.rgb;
  rgb.create(static_cast<int>(layout.height), static_cast<int>(layout.width), sixteen ? CV_16UC3 : CV_8UC3);
  const absl::Status status = !layout.plain() ? ReadConverted(layout, &reader, &rgb)
                              : sixteen       ? ReadPlain<uint16_t>(layout, &reader, &rgb)
                                              : ReadPlain<uint8_t>(layout, &reader, &rgb);
  if (!status.ok()) return status;
  return picture;
}

}  // namespace mlfsc
