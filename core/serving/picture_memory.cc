#include "core/serving/picture_memory.h"

#include <algorithm>
#include <optional>

#include "core/image/picture_format.h"
#include "core/image/picture_header.h"

namespace mlfsc {
namespace {

constexpr int64_t kRequest = 16 << 10;
constexpr int64_t kRgb = 3;

bool IsDeepPng(absl::string_view bytes) {
  constexpr size_t kBitDepthAt = 24;
  return bytes.size() > kBitDepthAt && bytes[kBitDepthAt] == 16;
}

int64_t BytesAPixel(PictureFormat format, absl::string_view bytes) {
  switch (format) {
    case PictureFormat::kPng:
      return 3 * kRgb * (IsDeepPng(bytes) ? 2 : 1);
    case PictureFormat::kBmp:
      return 3 * kRgb;
    case PictureFormat::kJpeg:
      return 2 * kRgb + 11;
    case PictureFormat::kTiff:
      return 2 * kRgb * 2 + 26;
  }
  return 2 * kRgb * 2 + 26;
}

}  // namespace

int64_t RequestMemory(const PictureBytes& picture) {
  const auto* raw = std::get_if<RawPixels>(&picture);
  const size_t bytes = raw != nullptr ? raw->data.size() : std::get<EncodedPicture>(picture).bytes.size();
  return kRequest + static_cast<int64_t>(bytes);
}

int64_t DecodingMemory(const PictureBytes& picture, const PictureLimits& limits) {
  if (const auto* raw = std::get_if<RawPixels>(&picture)) {
    // What its bytes do not hold is refused before memory is taken.
    if (raw->channels < 1) return 0;
    return kRgb * static_cast<int64_t>(raw->data.size()) / raw->channels;
  }
  const absl::string_view bytes = std::get<EncodedPicture>(picture).bytes;
  const absl::StatusOr<PictureFormat> format = DetectFormat(bytes);
  if (!format.ok()) return 0;
  const int64_t most = int64_t{limits.max_side} * limits.max_side;
  return std::min(MostPixelsOf(bytes), most) * BytesAPixel(*format, bytes);
}

absl::Status CheckSidesInHeader(const PictureBytes& picture, const PictureLimits& limits) {
  const auto* file = std::get_if<EncodedPicture>(&picture);
  const std::optional<PictureFrame> frame = file == nullptr ? std::nullopt : FrameOf(file->bytes);
  const bool too_large =
      frame.has_value() && (frame->width > limits.max_side || frame->height > limits.max_side);
  return too_large ? CheckSides(frame->width, frame->height, limits) : absl::OkStatus();
}

int64_t ImageMemory(const Image& image) {
  return static_cast<int64_t>(image.rgb.total() * image.rgb.elemSize());
}

int64_t FeatureMemory(const FeatureOptions& options) {
  int64_t values = kRgb * options.input_size * options.input_size;
  const int border = options.source == FeatureSource::kPixels ? 0 : 2 * kBorderCells;
  for (const LayerShape& layer : StandardisedShapes(options)) {
    values += int64_t{layer.channels} * (layer.height + border) * (layer.width + border);
  }
  if (options.appearance) {
    const int64_t cells = options.input_size / 8;
    for (const int channels : kAppearanceChannels) values += channels * cells * cells;
  }
  return values * static_cast<int64_t>(sizeof(float));
}

}  // namespace mlfsc
