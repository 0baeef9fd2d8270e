#include "client/pictures/mask_file.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <png.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/pictures/mask_palette.h"
#include "client/pictures/picture_file.h"
#include "core/image/picture_header.h"
#include "core/image/decode.h"
#include "core/image/picture_format.h"

namespace mlfsc::client {
namespace {

// What JPEG makes of a black area beside nothing is at most so bright.
constexpr double kJpegNoise = 16;
// A block of JPEG with halved colour: edges ring no further.
constexpr int kJpegBlock = 16;

absl::StatusOr<cv::Mat> DecodeRgb(absl::string_view bytes) {
  PictureLimits limits;
  limits.max_bytes = kMaxPictureFileBytes;
  // What the server took is not refused here.
  limits.max_side = 1 << 16;
  absl::StatusOr<Image> image = DecodePicture(bytes, limits);
  if (!image.ok()) return image.status();
  return image->rgb;
}

// The brightest channel of each pixel, [height, width] CV_32FC1.
cv::Mat Brightest(const cv::Mat& rgb) {
  cv::Mat brightest;
  cv::Mat channels[3];
  cv::split(rgb, channels);
  cv::max(channels[0], channels[1], brightest);
  cv::max(brightest, channels[2], brightest);
  brightest.convertTo(brightest, CV_32F);
  return brightest;
}

// 1 where not 0.
cv::Mat NotZero(const cv::Mat& values) {
  const cv::Mat not_zero = values != 0;
  return not_zero / 255;
}

absl::StatusOr<cv::Mat> OfPalette(const FilePalette& palette) {
  const absl::StatusOr<cv::Mat> rgb = DecodeRgb(palette.Repainted([](int entry) { return entry != 0; }));
  if (!rgb.ok()) return rgb.status();
  if (!palette.IsBlack(0)) {
    const absl::StatusOr<cv::Mat> black =
        DecodeRgb(palette.Repainted([&palette](int entry) { return entry != 0 && palette.IsBlack(entry); }));
    if (!black.ok()) return black.status();
    if (cv::countNonZero(Brightest(*black)) > 0) {
      return absl::InvalidArgumentError(
          "the palette's entry 0, which stands for the background, is not black, but another one in use is; "
          "save "
          "the mask in grey, 0 where there is no defect");
    }
  }
  return NotZero(Brightest(*rgb));
}

absl::StatusOr<cv::Mat> OfJpeg(const cv::Mat& brightest) {
  double brightest_of_all = 0;
  cv::minMaxLoc(brightest, nullptr, &brightest_of_all);
  if (brightest_of_all == 0) return NotZero(brightest);
  if (brightest_of_all < kJpegNoise) {
    return absl::InvalidArgumentError(
        absl::StrFormat("its brightest sample is %.0f: JPEG keeps no difference as small as a class "
                        "number's; save the mask as PNG",
                        brightest_of_all));
  }
  const cv::Mat defect = brightest > brightest_of_all / 2;
  cv::Mat near_defect;
  cv::dilate(defect, near_defect,
             cv::getStructuringElement(cv::MORPH_RECT, cv::Size(2 * kJpegBlock + 1, 2 * kJpegBlock + 1)));
  const cv::Mat apart = (brightest >= kJpegNoise) & ~near_defect;
  if (cv::countNonZero(apart) > 0) {
    double level = 0;
    cv::minMaxLoc(brightest, nullptr, &level, nullptr, nullptr, apart);
    return absl::InvalidArgumentError(
        absl::StrFormat("it has areas of %.0f and of %.0f: what is defect cannot be told in a JPEG mask of "
                        "several levels; save it as "
                        "PNG",
                        brightest_of_all, level));
  }
  return cv::Mat(defect / 255);
}

// The alpha channel of a PNG file, [height, width] CV_8UC1, 0 where fully transparent, else 255; as stored.
// Empty when it is the same everywhere.
cv::Mat PngAlpha(absl::string_view bytes) {
  png_image header = {};
  header.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_memory(&header, bytes.data(), bytes.size()) == 0) return {};
  header.format = PNG_FORMAT_LINEAR_RGB_ALPHA;
  cv::Mat pixels(static_cast<int>(header.height), static_cast<int>(header.width), CV_16UC4);
  const int read = png_image_finish_read(&header, nullptr, pixels.ptr(), 0, nullptr);
  png_image_free(&header);
  if (read == 0) return {};
  cv::Mat alpha;
  cv::extractChannel(pixels, alpha, 3);
  double low = 0;
  double high = 0;
  cv::minMaxLoc(alpha, &low, &high);
  if (low == high) return {};
  return alpha != 0;
}

bool HasPngAlpha(absl::string_view bytes) {
  constexpr size_t kColorType = 25;
  constexpr int kAlpha = 4;
  return bytes.size() > kColorType && (bytes[kColorType] & kAlpha) != 0;
}

absl::StatusOr<cv::Mat> Decode(absl::string_view bytes) {
  const absl::StatusOr<PictureFormat> format = DetectFormat(bytes);
  if (!format.ok()) return format.status();
  if (const std::optional<FilePalette> palette = FilePalette::Find(bytes)) return OfPalette(*palette);
  const absl::StatusOr<cv::Mat> rgb = DecodeRgb(bytes);
  if (!rgb.ok()) return rgb.status();
  const cv::Mat brightest = Brightest(*rgb);
  if (*format == PictureFormat::kJpeg) return OfJpeg(brightest);
  cv::Mat mask = NotZero(brightest);
  if (*format != PictureFormat::kPng || !HasPngAlpha(bytes)) return mask;
  const cv::Mat alpha = PngAlpha(bytes);
  if (alpha.empty()) return mask;
  const cv::Mat visible = Upright(alpha, OrientationOf(bytes)) / 255;
  const cv::Mat coloured = mask & visible;
  return cv::countNonZero(coloured) > 0 ? coloured : visible;
}

std::string Sides(int width, int height) { return absl::StrCat(width, "x", height); }

// Turns `mask` as the picture is turned, where that is what it needs.
absl::Status FitToPicture(bool states_orientation, const PictureFrame& picture, MaskFrame frame,
                          cv::Mat* mask, bool* with_picture) {
  const bool swaps = picture.orientation >= 5;
  const cv::Size upright(picture.width, picture.height);
  const cv::Size stored = swaps ? cv::Size(picture.height, picture.width) : upright;
  const bool turned = picture.orientation != kUpright && !states_orientation;
  const bool fits_upright = mask->size() == upright && !(turned && frame == MaskFrame::kStored);
  const bool fits_stored = turned && mask->size() == stored && frame != MaskFrame::kUpright;
  if (fits_stored) {
    const cv::Mat by_picture = Upright(*mask, picture.orientation);
    if (fits_upright && cv::norm(by_picture, *mask, cv::NORM_INF) != 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("the picture is turned by its EXIF orientation ", picture.orientation,
                       ", and the mask fits it turned and unturned: say --mask-frame stored (drawn on the "
                       "picture as the file holds "
                       "it) or upright (as it is seen)"));
    }
    *mask = by_picture;
    *with_picture = true;
    return absl::OkStatus();
  }
  if (fits_upright) return absl::OkStatus();
  const bool transposed = mask->size() == cv::Size(picture.height, picture.width);
  return absl::InvalidArgumentError(
      absl::StrCat("the mask is ", Sides(mask->cols, mask->rows), " px, the picture ",
                   Sides(picture.width, picture.height),
                   transposed ? "; it fits only when it is turned by 90 degrees" : ""));
}

}  // namespace

absl::StatusOr<cv::Mat> DecodeMask(absl::string_view bytes) {
  try {
    return Decode(bytes);
  } catch (const cv::Exception&) {
    return NoMemoryToDecode(bytes.size());
  }
}

double DefectiveShare(const cv::Mat& mask) {
  return static_cast<double>(cv::countNonZero(mask)) / static_cast<double>(mask.total());
}

absl::StatusOr<cv::Mat> ReadMasks(const std::vector<std::string>& paths, const PictureFrame& picture,
                                  MaskFrame frame, bool* turned) {
  bool with_picture = false;
  cv::Mat all(picture.height, picture.width, CV_8UC1, cv::Scalar(0));
  for (const std::string& path : paths) {
    const absl::StatusOr<std::string> bytes = ReadPictureBytes(path);
    if (!bytes.ok()) return bytes.status();
    absl::StatusOr<cv::Mat> mask = DecodeMask(*bytes);
    absl::Status used = mask.status();
    if (used.ok())
      used = FitToPicture(OrientationOf(*bytes) != kUpright, picture, frame, &*mask, &with_picture);
    if (!used.ok()) return absl::Status(used.code(), absl::StrCat(path, ": ", used.message()));
    all |= *mask;
  }
  if (cv::countNonZero(all) == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(paths.front(), paths.size() > 1 ? absl::StrCat(" and ", paths.size() - 1, " more") : "",
                     ": not one pixel is defective; only what differs from the background (0, or a palette's "
                     "entry 0) is"));
  }
  if (turned != nullptr) *turned = with_picture;
  return all;
}

}  // namespace mlfsc::client
