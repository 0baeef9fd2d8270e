// Pictures: a file of each format, and raw pixels.
#include <cstdint>
#include <string>

#include <opencv2/core.hpp>
#include <zlib.h>

#include "core/image/decode.h"
#include "core/image/input_picture.h"
#include "tests/fuzz/fuzz_target.h"

namespace mlfsc::fuzz {
namespace {

// Small, so that an input costs little; what they bound is bounded in the same way where they are larger.
PictureLimits Limits() {
  PictureLimits limits;
  limits.max_bytes = 1 << 20;
  limits.max_side = 256;
  return limits;
}

void CheckDecoded(const absl::StatusOr<Image>& image) {
  if (!image.ok()) return RequireRefusal(image.status());
  const PictureLimits limits = Limits();
  Require(image->width() >= limits.min_side && image->width() <= limits.max_side, "width within limits");
  Require(image->height() >= limits.min_side && image->height() <= limits.max_side, "height within limits");
  const int type = image->rgb.type();
  Require(type == CV_8UC3 || type == CV_16UC3 || type == CV_32FC3, "RGB of a known depth");
  Require(image->full_scale >= 1 && image->full_scale <= 65535, "white within the depth");
  // 16 px: most pictures shrink in both directions; 100: many in one only.
  for (const int size : {16, 100}) {
    for (const ResizeMethod method : {ResizeMethod::kArea, ResizeMethod::kBilinear}) {
      for (const float value : MakeInputPicture(*image, size, method).rgb) {
        Require(value >= 0 && value <= 1, "an input picture within [0, 1]");
      }
    }
  }
}

void FuzzPicture(absl::string_view input) { CheckDecoded(DecodePicture(input, Limits())); }

// Also with what a sender may state.
void FuzzStatedPicture(absl::string_view input) {
  FuzzPicture(input);
  EncodedPicture file = input;
  file.bit_depth = 12;
  file.page = 1;
  CheckDecoded(DecodePicture(file, Limits()));
}

uint32_t BigEndian(const std::string& bytes, size_t place) {
  uint32_t number = 0;
  for (size_t i = 0; i < 4; ++i) number = number << 8 | static_cast<uint8_t>(bytes[place + i]);
  return number;
}

// Its chunks' checksums set right, so that a mutated chunk is looked into.
std::string WithChecksums(std::string png) {
  constexpr size_t kSignature = 8;
  for (size_t chunk = kSignature; chunk + 12 <= png.size();) {
    const uint64_t length = BigEndian(png, chunk);
    if (chunk + 12 + length > png.size()) break;
    const auto* checked = reinterpret_cast<const Bytef*>(png.data() + chunk + 4);
    const uint32_t sum = static_cast<uint32_t>(crc32(0, checked, static_cast<uInt>(length + 4)));
    for (size_t i = 0; i < 4; ++i) png[chunk + 8 + length + i] = static_cast<char>(sum >> (24 - 8 * i));
    chunk += 12 + length;
  }
  return png;
}

void FuzzPng(absl::string_view input) {
  FuzzStatedPicture(input);
  FuzzStatedPicture(WithChecksums(std::string(input)));
}

// -128 to 127.
int SignedByte(InputReader* reader) {
  const int byte = static_cast<int>(reader->Number(1));
  return byte < 128 ? byte : byte - 256;
}

// Sample type, channels, bit depth, height and width, then the data: as they come, or repeated to the size
// that the shape wants.
void FuzzRawPixels(absl::string_view input) {
  InputReader reader(input);
  const unsigned type = reader.Number(1);
  RawPixels raw;
  raw.sample_type = static_cast<SampleType>(type % 3);
  raw.channels = SignedByte(&reader);
  raw.bit_depth = SignedByte(&reader);
  raw.height = static_cast<int>(reader.Number(4));
  raw.width = static_cast<int>(reader.Number(4));
  std::string data(reader.Rest());
  if (type >= 128 && raw.height > 0 && raw.height <= 64 && raw.width > 0 && raw.width <= 64 &&
      raw.channels > 0 && raw.channels <= 4 && !data.empty()) {
    constexpr size_t kBytes[] = {1, 2, 4};
    const size_t size = size_t{1} * raw.height * raw.width * raw.channels * kBytes[type % 3];
    const size_t given = data.size();
    while (data.size() < size) data.push_back(data[data.size() - given]);
    data.resize(size);
  }
  raw.data = data;
  CheckDecoded(DecodeRawPixels(raw, Limits()));
}

const RegisterTarget png("png", FuzzPng);
const RegisterTarget jpeg("jpeg", FuzzPicture);
const RegisterTarget bmp("bmp", FuzzPicture);
const RegisterTarget tiff("tiff", FuzzStatedPicture);
const RegisterTarget raw_pixels("raw_pixels", FuzzRawPixels);

}  // namespace
}  // namespace mlfsc::fuzz
