// How a page of a TIFF file stores its picture, and which of the many ways are read.
#ifndef MLFSC_CORE_IMAGE_TIFF_LAYOUT_H_
#define MLFSC_CORE_IMAGE_TIFF_LAYOUT_H_

#include <cstdint>

#include <tiffio.h>

#include "absl/status/status.h"
#include "core/image/bit_depth.h"
#include "core/image/picture_limits.h"

namespace mlfsc {

// Colours and what else a pixel has.
inline constexpr int kMaxTiffSamples = 5;

// What the current directory says of its picture.
struct TiffLayout {
  uint32_t width = 0;
  uint32_t height = 0;
  uint16_t bits = 1;
  uint16_t samples = 1;
  uint16_t sample_format = SAMPLEFORMAT_UINT;
  uint16_t photometric = PHOTOMETRIC_MINISBLACK;
  uint16_t planes = PLANARCONFIG_CONTIG;
  uint16_t compression = COMPRESSION_NONE;
  uint16_t orientation = ORIENTATION_TOPLEFT;
  uint16_t ink_set = INKSET_CMYK;
  // Of the first sample behind the colours.
  uint16_t extra_sample = EXTRASAMPLE_UNSPECIFIED;
  // Of a tile, or of a strip of rows.
  uint32_t block_width = 0;
  uint32_t block_height = 0;
  bool tiled = false;
  // What MaxSampleValue or SMaxSampleValue states of 16 bits; 0 for nothing.
  int tagged_depth = 0;
  const char* depth_tag = "";

  bool grey() const { return photometric == PHOTOMETRIC_MINISWHITE || photometric == PHOTOMETRIC_MINISBLACK; }
  // Whether samples are read as they are: levels of grey, of red, green and blue, or places in a palette.
  bool plain() const {
    return grey() || photometric == PHOTOMETRIC_RGB || photometric == PHOTOMETRIC_PALETTE;
  }
  bool separate() const { return planes == PLANARCONFIG_SEPARATE && samples > 1; }
  SampleBits sample_bits() const;
};

TiffLayout ReadTiffLayout(TIFF* tiff);

// InvalidArgument that names what is not read here.
absl::Status CheckTiffLayout(const TiffLayout& layout, const PictureLimits& limits);

}  // namespace mlfsc

#endif  // MLFSC_CORE_IMAGE_TIFF_LAYOUT_H_
