// A picture file, and what its sender knows of it.
#ifndef MLFSC_CORE_IMAGE_ENCODED_PICTURE_H_
#define MLFSC_CORE_IMAGE_ENCODED_PICTURE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace mlfsc {

struct EncodedPicture {
  EncodedPicture() = default;
  // What is a whole file is a picture of which nothing is stated.
  EncodedPicture(absl::string_view file) : bytes(file) {}   // NOLINT(google-explicit-constructor)
  EncodedPicture(const std::string& file) : bytes(file) {}  // NOLINT(google-explicit-constructor)
  EncodedPicture(const char* file) : bytes(file) {}         // NOLINT(google-explicit-constructor)

  // Of a PNG, JPEG, BMP or TIFF file.
  absl::string_view bytes;
  // Of a file with more than 8 bits a sample: white is 2^bit_depth - 1. 9 to 16, or 0 for what the file says.
  int bit_depth = 0;
  // Of a file with several pages, from 1 in the file's order; 0 for its only full page.
  int page = 0;
};

}  // namespace mlfsc

#endif  // MLFSC_CORE_IMAGE_ENCODED_PICTURE_H_
