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

// A picture file as it is; the server decodes it. NotFound, PermissionDenied or InvalidArgument (not a file,
// empty, too large), naming the path.
absl::StatusOr<v1::Picture> ReadPicture(const std::string& path, const PictureReading& reading = {});

// The same file decoded here, to draw on it. Upright, as the server sees it.
absl::StatusOr<Image> DecodePictureFile(const std::string& path, const PictureReading& reading = {});

// A mask that says where a picture is defective: [height, width] CV_8UC1, 1 where the file is brighter than
// half of white, else 0.
absl::StatusOr<cv::Mat> ReadMask(const std::string& path);

// Makes the folders above `path`, then the file. An existing file is replaced.
absl::Status WriteFile(const std::string& path, absl::string_view bytes);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_PICTURES_PICTURE_FILE_H_
