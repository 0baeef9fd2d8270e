#include "core/image/decode.h"

#include <new>
#include <utility>

#include <opencv2/core.hpp>

#include "absl/strings/str_format.h"
#include "core/image/bit_depth.h"
#include "core/image/decoders.h"
#include "core/image/picture_format.h"

namespace mlfsc {
namespace {

absl::StatusOr<StoredPicture> DecodeStored(PictureFormat format, const EncodedPicture& file,
                                           const PictureLimits& limits) {
  const absl::string_view bytes = file.bytes;
  if (format != PictureFormat::kTiff && file.page != 0 && file.page != 1) {
    return absl::InvalidArgumentError(
        absl::StrFormat("picture has 1 page, as all but TIFF files; page %d is asked for", file.page));
  }
  switch (format) {
    case PictureFormat::kPng:
      return DecodePng(bytes, limits);
    case PictureFormat::kJpeg:
      return DecodeJpeg(bytes, limits);
    case PictureFormat::kBmp:
      return DecodeBmp(bytes, limits);
    case PictureFormat::kTiff:
      return DecodeTiff(file, limits);
  }
  return absl::InternalError("unknown picture format");
}

}  // namespace

absl::Status CheckFileSize(absl::string_view bytes, const PictureLimits& limits) {
  if (bytes.empty()) return absl::InvalidArgumentError("picture is empty (0 bytes)");
  if (bytes.size() > limits.max_bytes) {
    return absl::InvalidArgumentError(
        absl::StrFormat("picture has %d bytes; the limit is %d bytes", bytes.size(), limits.max_bytes));
  }
  return absl::OkStatus();
}

absl::Status NoMemoryToDecode(size_t bytes) {
  return absl::ResourceExhaustedError(
      absl::StrFormat("not enough memory to decode a picture of %d bytes", bytes));
}

absl::StatusOr<Image> DecodePicture(const EncodedPicture& file, const PictureLimits& limits) {
  const absl::string_view bytes = file.bytes;
  if (absl::Status status = CheckFileSize(bytes, limits); !status.ok()) return status;
  const absl::StatusOr<PictureFormat> format = DetectFormat(bytes);
  if (!format.ok()) return format.status();
  try {
    absl::StatusOr<StoredPicture> stored = DecodeStored(*format, file, limits);
    if (!stored.ok()) return stored.status();
    absl::Status settled = SettleBitDepth(stored->bits, file.bit_depth, &stored->image);
    if (!settled.ok()) return settled;
    stored->image.rgb = Upright(stored->image.rgb, stored->orientation);
    return std::move(stored->image);
  } catch (const cv::Exception&) {
    return NoMemoryToDecode(bytes.size());
  } catch (const std::bad_alloc&) {
    return NoMemoryToDecode(bytes.size());
  }
}

}  // namespace mlfsc
