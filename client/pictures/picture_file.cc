#include "client/pictures/picture_file.h"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "core/image/decode.h"

namespace mlfsc::client {
namespace {

// Opens a file and tells its size.
absl::StatusOr<int64_t> Open(const std::string& path, std::ifstream* file) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) {
    const std::filesystem::path target = std::filesystem::read_symlink(path, error);
    return absl::NotFoundError(
        error ? absl::StrCat(path, ": no such file")
              : absl::StrCat(path, ": a link to ", target.string(), ", which is not there"));
  }
  // A loop of links, a folder that may not be entered.
  if (status.type() == std::filesystem::file_type::none) return absl::ErrnoToStatus(error.value(), path);
  if (status.type() != std::filesystem::file_type::regular) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": not a file"));
  }
  errno = 0;
  file->open(path, std::ios::binary);
  if (!*file) return absl::ErrnoToStatus(errno, path);
  const auto size = static_cast<int64_t>(std::filesystem::file_size(path, error));
  if (error) return absl::ErrnoToStatus(error.value(), path);
  if (size == 0) return absl::InvalidArgumentError(absl::StrCat(path, ": the file is empty"));
  if (size > kMaxPictureFileBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": the file has ", size, " bytes; the limit is ", kMaxPictureFileBytes));
  }
  return size;
}

}  // namespace

absl::StatusOr<std::string> ReadPictureBytes(const std::string& path) {
  std::ifstream file;
  const absl::StatusOr<int64_t> size = Open(path, &file);
  if (!size.ok()) return size.status();
  std::string bytes(*size, '\0');
  if (!file.read(bytes.data(), *size)) return absl::DataLossError(absl::StrCat(path, ": cannot be read"));
  return bytes;
}

absl::Status CheckReadable(const std::string& path) {
  std::ifstream file;
  if (const absl::StatusOr<int64_t> size = Open(path, &file); !size.ok()) return size.status();
  if (file.get() == std::ifstream::traits_type::eof())
    return absl::DataLossError(absl::StrCat(path, ": cannot be read"));
  return absl::OkStatus();
}

v1::Picture ToPicture(std::string bytes, const PictureReading& reading) {
  v1::Picture picture;
  picture.set_encoded(std::move(bytes));
  picture.set_bit_depth(reading.bit_depth);
  picture.set_page(reading.page);
  return picture;
}

absl::StatusOr<v1::Picture> ReadPicture(const std::string& path, const PictureReading& reading) {
  absl::StatusOr<std::string> bytes = ReadPictureBytes(path);
  if (!bytes.ok()) return bytes.status();
  return ToPicture(*std::move(bytes), reading);
}

absl::StatusOr<Image> DecodePictureFile(const std::string& path, const PictureReading& reading) {
  const absl::StatusOr<std::string> bytes = ReadPictureBytes(path);
  if (!bytes.ok()) return bytes.status();
  return DecodePictureBytes(path, *bytes, reading);
}

absl::StatusOr<Image> DecodePictureBytes(const std::string& path, absl::string_view bytes,
                                         const PictureReading& reading) {
  PictureLimits limits;
  limits.max_bytes = kMaxPictureFileBytes;
  // What the server took is not refused here.
  limits.max_side = 1 << 16;
  EncodedPicture file = bytes;
  file.bit_depth = reading.bit_depth;
  file.page = reading.page;
  absl::StatusOr<Image> image = DecodePicture(file, limits);
  if (!image.ok())
    return absl::Status(image.status().code(), absl::StrCat(path, ": ", image.status().message()));
  return image;
}

absl::Status CheckWritable(const std::string& path) {
  std::error_code error;
  std::filesystem::path wanted(path);
  if (std::filesystem::is_directory(wanted, error))
    return absl::InvalidArgumentError(absl::StrCat(path, ": a folder"));
  if (!std::filesystem::exists(wanted, error)) {
    // The nearest folder that is there: what is missing below it will be made.
    do {
      wanted = wanted.parent_path().empty() ? std::filesystem::path(".") : wanted.parent_path();
    } while (wanted != wanted.parent_path() && wanted != "." && !std::filesystem::exists(wanted, error));
    if (!std::filesystem::is_directory(wanted, error)) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": ", wanted.string(), " is not a folder"));
    }
  }
  errno = 0;
  if (access(wanted.c_str(), W_OK) != 0) return absl::ErrnoToStatus(errno, wanted.string());
  return absl::OkStatus();
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
