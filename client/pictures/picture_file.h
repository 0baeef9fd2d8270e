// Files in and out.
#ifndef MLFSC_CLIENT_PICTURES_PICTURE_FILE_H_
#define MLFSC_CLIENT_PICTURES_PICTURE_FILE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/image/image.h"
#include "mlfsc/v1/inspection.pb.h"

namespace mlfsc::client {

// A larger file does not fit into one message.
inline constexpr int64_t kMaxPictureFileBytes = int64_t{256} << 20;

// What is known of picture files besides what they say themselves: see v1::Picture.
struct PictureReading {
  int bit_depth = 0;
  int page = 0;
};

// The bytes of a picture file. NotFound (also of a link to nothing), PermissionDenied or InvalidArgument (not
// a file, empty, too large), naming the path.
absl::StatusOr<std::string> ReadPictureBytes(const std::string& path);

// What ReadPictureBytes would say, without reading the whole of it.
absl::Status CheckReadable(const std::string& path);

// The bytes of a picture file as a message; the server decodes it.
v1::Picture ToPicture(std::string bytes, const PictureReading& reading);

// ReadPictureBytes as a message.
absl::StatusOr<v1::Picture> ReadPicture(const std::string& path, const PictureReading& reading = {});

// The same file decoded here, to draw on it. Upright, as the server sees it.
absl::StatusOr<Image> DecodePictureFile(const std::string& path, const PictureReading& reading = {});

// The same of bytes that have been read; `path` is named in errors.
absl::StatusOr<Image> DecodePictureBytes(const std::string& path, absl::string_view bytes,
                                         const PictureReading& reading = {});

// Makes the folders above `path`, then the file. An existing file is replaced.
absl::Status WriteFile(const std::string& path, absl::string_view bytes);

// Whether WriteFile would most likely succeed: the folder is there or can be made, and may be written to.
absl::Status CheckWritable(const std::string& path);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_PICTURES_PICTURE_FILE_H_
