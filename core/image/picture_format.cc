#include "core/image/picture_format.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace mlfsc {
namespace {

using Magic = absl::string_view;

template <size_t N>
constexpr Magic MagicBytes(const char (&bytes)[N]) {
  return Magic(bytes, N - 1);
}

struct KnownFormat {
  Magic magic;
  PictureFormat format;
};

constexpr KnownFormat kRead[] = {
    {MagicBytes("\x89PNG\r\n\x1a\n"), PictureFormat::kPng},
    {MagicBytes("\xff\xd8\xff"), PictureFormat::kJpeg},
    {MagicBytes("BM"), PictureFormat::kBmp},
    {MagicBytes("II\x2a\0"), PictureFormat::kTiff},
    {MagicBytes("MM\0\x2a"), PictureFormat::kTiff},
    // BigTIFF.
    {MagicBytes("II\x2b\0"), PictureFormat::kTiff},
    {MagicBytes("MM\0\x2b"), PictureFormat::kTiff},
};

struct OtherFormat {
  Magic magic;
  // Where it stands in the file.
  size_t position;
  const char* name;
};

constexpr OtherFormat kOthers[] = {
    {MagicBytes("GIF8"), 0, "a GIF file"},
    {MagicBytes("WEBP"), 8, "a WebP file"},
    {MagicBytes("\0\0\0\x0cjP  "), 0, "a JPEG 2000 file"},
    {MagicBytes("\xff\x4f\xff\x51"), 0, "a JPEG 2000 file"},
    {MagicBytes("\0\0\0\x0cJXL "), 0, "a JPEG XL file"},
    {MagicBytes("\xff\x0a"), 0, "a JPEG XL file"},
    {MagicBytes("ftypavif"), 4, "an AVIF file"},
    {MagicBytes("ftyphei"), 4, "a HEIC file"},
    {MagicBytes("ftypmif1"), 4, "a HEIF file"},
    {MagicBytes("v/1\x01"), 0, "an OpenEXR file"},
    {MagicBytes("#?RADIANCE"), 0, "a Radiance HDR file"},
    {MagicBytes("8BPS"), 0, "a Photoshop file"},
    {MagicBytes("DICM"), 128, "a DICOM file"},
    {MagicBytes("SIMPLE  ="), 0, "a FITS file"},
    {MagicBytes("P4\n"), 0, "a PBM file"},
    {MagicBytes("P5\n"), 0, "a PGM file"},
    {MagicBytes("P6\n"), 0, "a PPM file"},
    {MagicBytes("\0\0\x01\0"), 0, "an icon file"},
    {MagicBytes("<svg"), 0, "an SVG file"},
    {MagicBytes("%PDF"), 0, "a PDF file"},
    {MagicBytes("PK\x03\x04"), 0, "a ZIP archive"},
    {MagicBytes("\x1f\x8b"), 0, "a gzip file"},
};

bool HasMagic(absl::string_view bytes, Magic magic, size_t position) {
  return bytes.size() >= position && absl::StartsWith(bytes.substr(position), magic);
}

std::string Describe(absl::string_view bytes) {
  for (const OtherFormat& other : kOthers) {
    if (HasMagic(bytes, other.magic, other.position)) return other.name;
  }
  constexpr size_t kQuoted = 16;
  const absl::string_view start = bytes.substr(0, kQuoted);
  const bool text = std::all_of(start.begin(), start.end(), [](char c) {
    return absl::ascii_isprint(static_cast<unsigned char>(c)) ||
           absl::ascii_isspace(static_cast<unsigned char>(c));
  });
  if (text) return absl::StrCat("text that begins with \"", absl::CEscape(start), "\"");
  std::string hex;
  for (const char byte : start.substr(0, 8)) {
    absl::StrAppendFormat(&hex, " %02x", static_cast<unsigned char>(byte));
  }
  return absl::StrCat("of an unknown format that begins with the bytes", hex);
}

}  // namespace

absl::StatusOr<PictureFormat> DetectFormat(absl::string_view bytes) {
  for (const KnownFormat& known : kRead) {
    if (HasMagic(bytes, known.magic, 0)) return known.format;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("picture is ", Describe(bytes), "; PNG, JPEG, BMP and TIFF files are read"));
}

}  // namespace mlfsc
