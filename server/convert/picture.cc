#include "server/convert/picture.h"

#include "absl/strings/str_format.h"

namespace mlfsc {
namespace {

absl::StatusOr<SampleType> ToSampleType(v1::RawPixels::SampleType type) {
  switch (type) {
    case v1::RawPixels::UINT8:
      return SampleType::kUint8;
    case v1::RawPixels::UINT16:
      return SampleType::kUint16;
    case v1::RawPixels::FLOAT32:
      return SampleType::kFloat32;
    default:
      return absl::InvalidArgumentError(absl::StrFormat(
          "raw.sample_type is %d; it must be UINT8 (1), UINT16 (2) or FLOAT32 (3)", static_cast<int>(type)));
  }
}

absl::StatusOr<PictureBytes> ToRawPixels(const v1::RawPixels& raw) {
  const absl::StatusOr<SampleType> sample_type = ToSampleType(raw.sample_type());
  if (!sample_type.ok()) return sample_type.status();
  RawPixels pixels;
  pixels.data = raw.data();
  pixels.height = raw.height();
  pixels.width = raw.width();
  pixels.channels = raw.channels();
  pixels.sample_type = *sample_type;
  pixels.bit_depth = raw.bit_depth();
  return PictureBytes(pixels);
}

PictureBytes ToEncodedPicture(const v1::Picture& picture) {
  EncodedPicture file(absl::string_view(picture.encoded()));
  file.bit_depth = picture.bit_depth();
  file.page = picture.page();
  return file;
}

}  // namespace

absl::StatusOr<PictureBytes> ToPictureBytes(const v1::Picture& picture) {
  switch (picture.content_case()) {
    case v1::Picture::kEncoded:
      return ToEncodedPicture(picture);
    case v1::Picture::kRaw:
      if (picture.bit_depth() != 0 || picture.page() != 0) {
        return absl::InvalidArgumentError(
            absl::StrFormat("picture.bit_depth is %d and picture.page %d beside raw pixels; both are of "
                            "encoded pictures, raw "
                            "pixels have raw.bit_depth",
                            picture.bit_depth(), picture.page()));
      }
      return ToRawPixels(picture.raw());
    case v1::Picture::CONTENT_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("picture has no content; set encoded or raw");
}

}  // namespace mlfsc
