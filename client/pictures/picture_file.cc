#include "client/pictures/picture_file.h"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include <opencv2/core.hpp>

#include "absl/strings/str_cat.h"
#include "core/image/decode.h"

namespace mlfsc::client {
namespace {

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) {
    return absl::NotFoundError(absl::StrCat(path, ": no such file"));
  }
  if (status.type() != std::filesystem::file_type::regular) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": not a file"));
  }
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::ErrnoToStatus(errno, path);
  const auto size = static_cast<int64_t>(std::filesystem::file_size(path, error));
  if (error) return absl::ErrnoToStatus(error.value(), path);
  if (size == 0) return absl::InvalidArgumentError(absl::StrCat(path, ": the file is empty"));
  if (size > kMaxPictureFileBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": the file has ", size, " bytes; the limit is ", kMaxPictureFileBytes));
  }
  std::string bytes(size, '\0');
  if (!file.read(bytes.data(), size)) return absl::DataLossError(absl::StrCat(path, ": cannot be read"));
  return bytes;
}

}  // namespace

absl::StatusOr<v1::Picture> ReadPicture(const std::string& path, const PictureReading& reading) {
  absl::StatusOr<std::string> bytes = ReadFile(path);
  if (!bytes.ok()) return bytes.status();
  v1::Picture picture;
  picture.set_encoded(*std::move(bytes));
  picture.set_bit_depth(reading.bit_depth);
  picture.set_page(reading.page);
  return picture;
}

absl::StatusOr<Image> DecodePictureFile(const std::string& path, const PictureReading& reading) {
  const absl::StatusOr<std::string> bytes = ReadFile(path);
  if (!bytes.ok()) return bytes.status();
  PictureLimits limits;
  limits.max_bytes = kMaxPictureFileBytes;
  // What the server took is not refused here.
  limits.max_side = 1 << 16;
  EncodedPicture file = *bytes;
  file.bit_depth = reading.bit_depth;
  file.page = reading.page;
  absl::StatusOr<Image> image = DecodePicture(file, limits);
  if (!image.ok())
    return absl::Status(image.status().code(), absl::StrCat(path, ": ", image.status().message()));
  return image;
}

absl::StatusOr<cv::Mat> ReadMask(const std::string& path) {
  const absl::StatusOr<Image> image = DecodePictureFile(path);
  if (!image.ok()) return image.status();
  cv::Mat red;
  cv::extractChannel(image->rgb, red, 0);
  cv::Mat mask = red > image->full_scale / 2;
  return cv::Mat(mask / 255);
}

absl::Status WriteFile(const std::string& path, absl::string_view bytes) {
  std::error_code error;
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  if (!parent.empty()) std::filesystem::create_directories(parent, error);
  if (error) return absl::ErrnoToStatus(error.value(), parent.string());
  errno = 0;
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) return absl::ErrnoToStatus(errno, path);
  return absl::OkStatus();
}

}  // namespace mlfsc::client
