#include "core/serving/picture_bytes.h"

namespace mlfsc {

absl::StatusOr<Image> Decode(const PictureBytes& picture, const PictureLimits& limits, FileDecoder* decoder) {
  if (const auto* raw = std::get_if<RawPixels>(&picture)) return DecodeRawPixels(*raw, limits);
  const auto& file = std::get<EncodedPicture>(picture);
  return decoder == nullptr ? DecodePicture(file, limits) : decoder->Decode(file);
}

}  // namespace mlfsc
