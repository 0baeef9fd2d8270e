#include "core/serving/picture_bytes.h"

namespace mlfsc {

absl::StatusOr<Image> Decode(const PictureBytes& picture, const PictureLimits& limits) {
  if (const auto* raw = std::get_if<RawPixels>(&picture)) return DecodeRawPixels(*raw, limits);
  return DecodePicture(std::get<absl::string_view>(picture), limits);
}

}  // namespace mlfsc
