#include "core/image/tiff_layout.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/image/tiff_reader.h"

namespace mlfsc {
namespace {

struct Named {
  int number;
  const char* name;
};

constexpr Named kPhotometrics[] = {
    {PHOTOMETRIC_MINISWHITE, "grey (MinIsWhite)"},
    {PHOTOMETRIC_MINISBLACK, "grey (MinIsBlack)"},
    {PHOTOMETRIC_RGB, "RGB"},
    {PHOTOMETRIC_PALETTE, "palette"},
    {PHOTOMETRIC_MASK, "a transparency mask"},
    {PHOTOMETRIC_SEPARATED, "CMYK"},
    {PHOTOMETRIC_YCBCR, "YCbCr"},
    {PHOTOMETRIC_CIELAB, "CIE Lab"},
    {PHOTOMETRIC_ICCLAB, "ICC Lab"},
    {PHOTOMETRIC_ITULAB, "ITU Lab"},
    {PHOTOMETRIC_CFA, "a camera's raw mosaic (CFA)"},
    {PHOTOMETRIC_LOGL, "LogL"},
    {PHOTOMETRIC_LOGLUV, "LogLuv"},
    {34892, "a camera's linear raw"},
};

// Read, if libtiff has them.
constexpr int kCompressions[] = {
    COMPRESSION_NONE,     COMPRESSION_CCITTRLE,  COMPRESSION_CCITTFAX3,     COMPRESSION_CCITTFAX4,
    COMPRESSION_LZW,      COMPRESSION_JPEG,      COMPRESSION_ADOBE_DEFLATE, COMPRESSION_DEFLATE,
    COMPRESSION_PACKBITS, COMPRESSION_CCITTRLEW, COMPRESSION_LZMA,          COMPRESSION_ZSTD,
    COMPRESSION_WEBP,     COMPRESSION_LERC,
};

constexpr Named kOtherCompressions[] = {
    {COMPRESSION_OJPEG, "old-style JPEG"},
    {COMPRESSION_NEXT, "NeXT"},
    {COMPRESSION_THUNDERSCAN, "ThunderScan"},
    {COMPRESSION_PIXARFILM, "PixarFilm"},
    {COMPRESSION_PIXARLOG, "PixarLog"},
    {COMPRESSION_JBIG, "JBIG"},
    {COMPRESSION_SGILOG, "SGILog"},
    {COMPRESSION_SGILOG24, "SGILog24"},
    {33003, "JPEG 2000"},
    {33004, "JPEG 2000"},
    {33005, "JPEG 2000"},
    {34712, "JPEG 2000"},
    {34892, "lossy JPEG of DNG"},
    {34933, "PNG"},
    {34934, "JPEG XR"},
    {22610, "JPEG XR"},
    {50002, "JPEG XL"},
    {52546, "JPEG XL"},
    {9, "JBIG"},
    {10, "JBIG"},
};

template <typename Table>
std::string NameOf(int number, const Table& table, absl::string_view unknown) {
  for (const Named& named : table) {
    if (named.number == number) return named.name;
  }
  return std::string(unknown);
}

std::string PhotometricOf(const TiffLayout& layout) {
  return NameOf(layout.photometric, kPhotometrics, absl::StrCat("number ", layout.photometric));
}

// MaxSampleValue is often what a picture happens to reach; only the white of a depth says what the depth is.
void ReadDepthTags(TIFF* tiff, TiffLayout* layout) {
  if (layout->bits <= 8 || layout->bits > kMaxBitDepth) return;
  uint16_t highest = 0;
  if (TIFFGetField(tiff, TIFFTAG_MAXSAMPLEVALUE, &highest) != 0) {
    layout->tagged_depth = BitDepthOfWhite(highest);
    layout->depth_tag = "MaxSampleValue";
  }
  // The largest of all samples'.
  double highest_of_any = 0;
  if (layout->tagged_depth == 0 && TIFFGetField(tiff, TIFFTAG_SMAXSAMPLEVALUE, &highest_of_any) != 0) {
    layout->tagged_depth = BitDepthOfWhite(highest_of_any);
    layout->depth_tag = "SMaxSampleValue";
  }
  if (layout->tagged_depth >= layout->bits) layout->tagged_depth = 0;
}

absl::Status CheckSampleFormat(const TiffLayout& layout) {
  if (layout.sample_format == SAMPLEFORMAT_UINT || layout.sample_format == SAMPLEFORMAT_VOID) {
    return absl::OkStatus();
  }
  const char* format = layout.sample_format == SAMPLEFORMAT_IEEEFP ? "floating-point"
                       : layout.sample_format == SAMPLEFORMAT_INT  ? "signed"
                                                                   : "complex";
  return RefuseTiff(absl::StrFormat("%s samples of %d bits; unsigned ones are read", format, layout.bits));
}

absl::Status CheckSamples(const TiffLayout& layout) {
  const auto refuse = [&layout](absl::string_view what_is_read) {
    return RefuseTiff(absl::StrFormat("%d sample%s a pixel in the colour space %s; %s", layout.samples,
                                      layout.samples == 1 ? "" : "s", PhotometricOf(layout), what_is_read));
  };
  switch (layout.photometric) {
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_MINISBLACK:
      if (layout.samples == 1) break;
      if (layout.samples == 2 && layout.extra_sample != EXTRASAMPLE_UNSPECIFIED) break;
      return refuse("1 is read, and alpha; colours must be marked as RGB");
    case PHOTOMETRIC_PALETTE:
      if (layout.samples == 1) break;
      if (layout.samples == 2 && layout.extra_sample != EXTRASAMPLE_UNSPECIFIED) break;
      return refuse("1 is read, and alpha");
    case PHOTOMETRIC_RGB:
      if (layout.samples >= 3 && layout.samples <= kMaxTiffSamples) break;
      return refuse(absl::StrCat("3 to ", kMaxTiffSamples, " are read, the first 3 of them"));
    case PHOTOMETRIC_SEPARATED:
      if (layout.ink_set != INKSET_CMYK) {
        return RefuseTiff("inks that are not CMYK; grey, RGB, palette, YCbCr and CMYK are read");
      }
      if (layout.samples >= 4 && layout.samples <= kMaxTiffSamples) break;
      return refuse("4 are read, and alpha");
    case PHOTOMETRIC_YCBCR:
      if (layout.samples == 3) break;
      return refuse("3 are read");
    default:
      return RefuseTiff(absl::StrFormat("the colour space %s; grey, RGB, palette, YCbCr and CMYK are read",
                                        PhotometricOf(layout)));
  }
  return absl::OkStatus();
}

absl::Status CheckBits(const TiffLayout& layout) {
  const bool levels = layout.grey() || layout.photometric == PHOTOMETRIC_RGB;
  const int max_bits = levels ? kMaxBitDepth : 8;
  const int min_bits = layout.plain() ? 1 : 8;
  if (layout.bits >= min_bits && layout.bits <= max_bits) return absl::OkStatus();
  return RefuseTiff(absl::StrFormat(
      "%d bits a sample in the colour space %s; %s are read", layout.bits, PhotometricOf(layout),
      min_bits == max_bits ? absl::StrCat(max_bits) : absl::StrFormat("%d to %d", min_bits, max_bits)));
}

absl::Status CheckCompression(const TiffLayout& layout) {
  const bool known = std::find(std::begin(kCompressions), std::end(kCompressions), layout.compression) !=
                     std::end(kCompressions);
  if (!known || TIFFIsCODECConfigured(layout.compression) == 0) {
    return RefuseTiff(absl::StrFormat("%s compression (%d), which is not read",
                                      NameOf(layout.compression, kOtherCompressions, "unknown"),
                                      layout.compression));
  }
  if (layout.compression == COMPRESSION_JPEG && layout.bits != 8) {
    return RefuseTiff(
        absl::StrFormat("%d bits a sample with JPEG compression; with it 8 are read", layout.bits));
  }
  return absl::OkStatus();
}

absl::Status CheckBlocks(const TiffLayout& layout, const PictureLimits& limits) {
  const uint32_t max_tile = static_cast<uint32_t>(std::max(limits.max_side, 1024));
  if (layout.tiled && (layout.block_width > max_tile || layout.block_height > max_tile)) {
    return RefuseTiff(absl::StrFormat("tiles of %dx%d px; the limit is %d px a side", layout.block_width,
                                      layout.block_height, max_tile));
  }
  if (layout.block_width == 0 || layout.block_height == 0) return RefuseTiff("no strips or tiles");
  return absl::OkStatus();
}

}  // namespace

SampleBits TiffLayout::sample_bits() const {
  SampleBits sample_bits;
  sample_bits.stored = plain() ? std::max<int>(bits, 8) : 8;
  sample_bits.tagged = tagged_depth;
  sample_bits.tag = depth_tag;
  sample_bits.white_is_zero = photometric == PHOTOMETRIC_MINISWHITE;
  return sample_bits;
}

TiffLayout ReadTiffLayout(TIFF* tiff) {
  TiffLayout layout;
  TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &layout.width);
  TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &layout.height);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &layout.bits);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &layout.samples);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &layout.sample_format);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &layout.planes);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &layout.compression);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_ORIENTATION, &layout.orientation);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_INKSET, &layout.ink_set);
  if (TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &layout.photometric) == 0 && layout.samples >= 3) {
    layout.photometric = PHOTOMETRIC_RGB;
  }
  uint16_t extra_samples = 0;
  const uint16_t* kinds = nullptr;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &extra_samples, &kinds);
  if (extra_samples > 0 && kinds != nullptr) layout.extra_sample = kinds[0];
  ReadDepthTags(tiff, &layout);
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

absl::Status CheckTiffLayout(const TiffLayout& layout, const PictureLimits& limits) {
  absl::Status status = CheckSampleFormat(layout);
  if (status.ok()) status = CheckSamples(layout);
  if (status.ok()) status = CheckBits(layout);
  if (status.ok()) status = CheckCompression(layout);
  if (status.ok()) status = CheckBlocks(layout, limits);
  return status;
}

}  // namespace mlfsc
