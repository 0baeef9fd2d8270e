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

// The first that fits is it. Camera raw files look like TIFF files and go before them.
constexpr OtherFormat kRawFiles[] = {
    {MagicBytes("II\x2a\0\x10\0\0\0CR\x02\0"), 0, "a Canon camera raw file (CR2)"},
    {MagicBytes("IIRO"), 0, "an Olympus camera raw file (ORF)"},
    {MagicBytes("IIRS"), 0, "an Olympus camera raw file (ORF)"},
    {MagicBytes("MMOR"), 0, "an Olympus camera raw file (ORF)"},
    {MagicBytes("IIU\0"), 0, "a Panasonic camera raw file (RW2)"},
    {MagicBytes("ftypcrx "), 4, "a Canon camera raw file (CR3)"},
    {MagicBytes("FUJIFILMCCD-RAW"), 0, "a Fujifilm camera raw file (RAF)"},
};

constexpr OtherFormat kOthers[] = {
    {MagicBytes("GIF8"), 0, "a GIF file"},
    {MagicBytes("WEBP"), 8, "a WebP file"},
    {MagicBytes("\0\0\0\x0cjP  "), 0, "a JPEG 2000 file"},
    {MagicBytes("\xff\x4f\xff\x51"), 0, "a JPEG 2000 file"},
    {MagicBytes("\0\0\0\x0cJXL "), 0, "a JPEG XL file"},
    {MagicBytes("\xff\x0a"), 0, "a JPEG XL file"},
    {MagicBytes("II\xbc\x01"), 0, "a JPEG XR file"},
    {MagicBytes("\x97JB2\r\n\x1a\n"), 0, "a JBIG2 file"},
    {MagicBytes("\x8aMNG\r\n\x1a\n"), 0, "an MNG file"},
    {MagicBytes("\x8bJNG\r\n\x1a\n"), 0, "a JNG file"},
    {MagicBytes("ftypavi"), 4, "an AVIF file"},
    {MagicBytes("ftyphei"), 4, "a HEIC file"},
    {MagicBytes("ftyphev"), 4, "a HEIC file"},
    {MagicBytes("ftypmif1"), 4, "a HEIF file"},
    {MagicBytes("ftypmif2"), 4, "a HEIF file"},
    {MagicBytes("ftypmsf1"), 4, "a HEIF file"},
    {MagicBytes("ftyp"), 4, "an MP4 or QuickTime file"},
    {MagicBytes("AVI "), 8, "an AVI file"},
    {MagicBytes("\x1a\x45\xdf\xa3"), 0, "a Matroska or WebM file"},
    {MagicBytes("v/1\x01"), 0, "an OpenEXR file"},
    {MagicBytes("#?RADIANCE"), 0, "a Radiance HDR file"},
    {MagicBytes("#?RGBE"), 0, "a Radiance HDR file"},
    {MagicBytes("8BPS"), 0, "a Photoshop file"},
    {MagicBytes("gimp xcf"), 0, "a GIMP file (XCF)"},
    {MagicBytes("DICM"), 128, "a DICOM file"},
    {MagicBytes("SIMPLE  ="), 0, "a FITS file"},
    {MagicBytes("\x89HDF\r\n\x1a\n"), 0, "an HDF5 file"},
    {MagicBytes("\x93NUMPY"), 0, "a NumPy file"},
    {MagicBytes("MATLAB 5.0"), 0, "a MATLAB file"},
    {MagicBytes("qoif"), 0, "a QOI file"},
    {MagicBytes("farbfeld"), 0, "a farbfeld file"},
    {MagicBytes("DDS "), 0, "a DDS file"},
    {MagicBytes("\x59\xa6\x6a\x95"), 0, "a Sun raster file"},
    {MagicBytes("\x01\xda"), 0, "an SGI file"},
    {MagicBytes("\x0a\x05\x01"), 0, "a PCX file"},
    {MagicBytes("\0\0\x01\0"), 0, "an icon file"},
    {MagicBytes("\0\0\x02\0\x01\0"), 0, "a cursor file"},
    {MagicBytes("<svg"), 0, "an SVG file"},
    {MagicBytes("%PDF"), 0, "a PDF file"},
    {MagicBytes("%!PS"), 0, "a PostScript file"},
    {MagicBytes("PK\x03\x04"), 0, "a ZIP archive"},
    {MagicBytes("7z\xbc\xaf\x27\x1c"), 0, "a 7-Zip archive"},
    {MagicBytes("\x1f\x8b"), 0, "a gzip file"},
    {MagicBytes("BZh"), 0, "a bzip2 file"},
    {MagicBytes("\xfd"
                "7zXZ\0"),
     0, "an xz file"},
    {MagicBytes("\x28\xb5\x2f\xfd"), 0, "a zstd file"},
};

// Of the portable any-map's kinds, by their second letter.
const char* PortableMap(absl::string_view bytes) {
  if (bytes.size() < 3 || bytes[0] != 'P') return nullptr;
  // A comment may follow at once.
  if (!absl::ascii_isspace(static_cast<unsigned char>(bytes[2])) && bytes[2] != '#') return nullptr;
  switch (bytes[1]) {
    case '1':
    case '4':
      return "a PBM file";
    case '2':
    case '5':
      return "a PGM file";
    case '3':
    case '6':
      return "a PPM file";
    case '7':
      return "a PAM file";
    case 'f':
    case 'F':
      return "a PFM file";
    default:
      return nullptr;
  }
}

// XML in which an svg element comes early.
bool IsSvg(absl::string_view bytes) {
  constexpr size_t kEarly = 1024;
  if (absl::StartsWith(bytes, "\xef\xbb\xbf")) bytes.remove_prefix(3);
  const absl::string_view start = absl::StripLeadingAsciiWhitespace(bytes.substr(0, kEarly));
  return (absl::StartsWith(start, "<?xml") || absl::StartsWith(start, "<!")) &&
         absl::StrContains(start, "<svg");
}

// A Targa file says what it is at its end only.
bool IsTarga(absl::string_view bytes) { return absl::EndsWith(bytes, MagicBytes("TRUEVISION-XFILE.\0")); }

bool HasMagic(absl::string_view bytes, Magic magic, size_t position) {
  return bytes.size() >= position && absl::StartsWith(bytes.substr(position), magic);
}

std::string Describe(absl::string_view bytes) {
  for (const OtherFormat& other : kOthers) {
    if (HasMagic(bytes, other.magic, other.position)) return other.name;
  }
  if (const char* map = PortableMap(bytes); map != nullptr) return map;
  if (IsSvg(bytes)) return "an SVG file";
  if (IsTarga(bytes)) return "a Targa file";
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
  const auto refuse = [](absl::string_view what) {
    return absl::InvalidArgumentError(
        absl::StrCat("picture is ", what, "; PNG, JPEG, BMP and TIFF files are read"));
  };
  for (const OtherFormat& raw : kRawFiles) {
    if (HasMagic(bytes, raw.magic, raw.position)) return refuse(raw.name);
  }
  for (const KnownFormat& known : kRead) {
    if (HasMagic(bytes, known.magic, 0)) return known.format;
  }
  return refuse(Describe(bytes));
}

}  // namespace mlfsc
