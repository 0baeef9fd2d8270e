#include "client/watch/wholeness.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/strings/match.h"

namespace mlfsc::client {
namespace {

constexpr size_t kSuspiciousZeros = 256;

uint32_t Byte(absl::string_view bytes, size_t at) { return static_cast<unsigned char>(bytes[at]); }

uint32_t BigEndian(absl::string_view bytes, size_t at, size_t count) {
  uint32_t value = 0;
  for (size_t i = 0; i < count; ++i) value = value << 8 | Byte(bytes, at + i);
  return value;
}

// Chunks: length (4), type (4), data, checksum (4).
bool PngEnds(absl::string_view bytes) {
  for (size_t at = 8; at + 12 <= bytes.size(); at += size_t{12} + BigEndian(bytes, at, 4)) {
    if (bytes.substr(at + 4, 4) == "IEND") return true;
  }
  return false;
}

// Segments: FF, marker, length (2, counting itself), data. Behind the start of a scan (DA), an FF of the
// coded pixels is never followed by D9, the end.
bool JpegEnds(absl::string_view bytes) {
  size_t at = 2;
  while (at + 4 <= bytes.size() && Byte(bytes, at) == 0xFF) {
    const uint32_t marker = Byte(bytes, at + 1);
    if (marker == 0xFF) {
      ++at;
    } else if (marker == 0xDA) {
      return bytes.find("\xFF\xD9", at + 4) != absl::string_view::npos;
    } else {
      at += size_t{2} + std::max<uint32_t>(2, BigEndian(bytes, at + 2, 2));
    }
  }
  // No segments that this knows: for the decoder to say.
  return at + 4 <= bytes.size();
}

// Bytes 2 to 5: the file's size, least first; some programs leave it zero.
bool BmpIsShort(absl::string_view bytes) {
  if (bytes.size() < 6) return true;
  const uint32_t size = Byte(bytes, 2) | Byte(bytes, 3) << 8 | Byte(bytes, 4) << 16 | Byte(bytes, 5) << 24;
  return bytes.size() < size;
}

bool EndsInZeros(absl::string_view bytes) {
  const absl::string_view end = bytes.substr(bytes.size() - std::min(bytes.size(), kSuspiciousZeros));
  return std::all_of(end.begin(), end.end(), [](char byte) { return byte == 0; });
}

}  // namespace

absl::string_view MayLackItsEnd(absl::string_view bytes, bool closed) {
  // Has waited longer already.
  if (bytes.empty()) return "";
  if (absl::StartsWith(bytes, "\x89PNG\r\n\x1A\n")) return PngEnds(bytes) ? "" : "no IEND chunk";
  if (absl::StartsWith(bytes, "\xFF\xD8\xFF")) return JpegEnds(bytes) ? "" : "no end-of-image marker";
  if (absl::StartsWith(bytes, "BM") && BmpIsShort(bytes)) return "shorter than its header says";
  if (!closed && EndsInZeros(bytes)) return "nothing but zeros at its end";
  return "";
}

}  // namespace mlfsc::client
