#include "server/convert/picture.h"

#include <gmock/gmock.h>

#include "tests/testing/status_matchers.h"

namespace mlfsc {
namespace {

using ::testing::HasSubstr;
using testing::StatusIs;

TEST(ConvertPictureTest, AnEncodedFileIsSeenWhereItLies) {
  v1::Picture picture;
  picture.set_encoded("bytes");
  picture.set_bit_depth(12);
  picture.set_page(3);
  const absl::StatusOr<PictureBytes> bytes = ToPictureBytes(picture);
  ASSERT_THAT(bytes, testing::IsOk());
  const auto& file = std::get<EncodedPicture>(*bytes);
  EXPECT_EQ(file.bytes.data(), picture.encoded().data());
  EXPECT_EQ(file.bytes, "bytes");
  EXPECT_EQ(file.bit_depth, 12);
  EXPECT_EQ(file.page, 3);
}

TEST(ConvertPictureTest, ABitDepthOfFilesBesideRawPixelsIsRefused) {
  v1::Picture picture;
  picture.mutable_raw()->set_sample_type(v1::RawPixels::UINT16);
  picture.set_bit_depth(12);
  EXPECT_THAT(ToPictureBytes(picture),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("picture.bit_depth is 12")));
}

TEST(ConvertPictureTest, RawPixelsKeepEveryField) {
  v1::Picture picture;
  v1::RawPixels* raw = picture.mutable_raw();
  raw->set_data("pixels");
  raw->set_height(3);
  raw->set_width(2);
  raw->set_channels(1);
  raw->set_bit_depth(12);
  const std::pair<v1::RawPixels::SampleType, SampleType> types[] = {
      {v1::RawPixels::UINT8, SampleType::kUint8},
      {v1::RawPixels::UINT16, SampleType::kUint16},
      {v1::RawPixels::FLOAT32, SampleType::kFloat32},
  };
  for (const auto& [wire, core] : types) {
    raw->set_sample_type(wire);
    const absl::StatusOr<PictureBytes> bytes = ToPictureBytes(picture);
    ASSERT_THAT(bytes, testing::IsOk());
    const auto& pixels = std::get<RawPixels>(*bytes);
    EXPECT_EQ(pixels.data.data(), raw->data().data());
    EXPECT_EQ(pixels.height, 3);
    EXPECT_EQ(pixels.width, 2);
    EXPECT_EQ(pixels.channels, 1);
    EXPECT_EQ(pixels.bit_depth, 12);
    EXPECT_EQ(pixels.sample_type, core);
  }
}

TEST(ConvertPictureTest, APictureWithoutContentIsRefused) {
  EXPECT_THAT(ToPictureBytes(v1::Picture()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no content")));
}

TEST(ConvertPictureTest, ASampleTypeOfNoNameIsRefused) {
  v1::Picture picture;
  picture.mutable_raw()->set_sample_type(static_cast<v1::RawPixels::SampleType>(7));
  EXPECT_THAT(ToPictureBytes(picture),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("raw.sample_type is 7")));
  picture.mutable_raw()->clear_sample_type();
  EXPECT_THAT(ToPictureBytes(picture),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("raw.sample_type is 0")));
}

}  // namespace
}  // namespace mlfsc
