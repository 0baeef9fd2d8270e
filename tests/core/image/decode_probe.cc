// Decodes picture files for tests in another language. Standard input, a line each: BIT_DEPTH PAGE IN OUT,
// separated by tabs. For each a line of answer: "ok WIDTH HEIGHT BYTES WHITE NOTICE", separated by tabs, with
// the samples (RGB, little-endian, BYTES each) written to OUT; or "refused", a tab and the message.
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "core/image/bit_depth.h"
#include "core/image/decode.h"

namespace mlfsc {
namespace {

void Write(const Image& image, const std::string& path) {
  std::ofstream file(path, std::ios::binary);
  for (int y = 0; y < image.height(); ++y) {
    file.write(image.rgb.ptr<char>(y), static_cast<std::streamsize>(image.rgb.cols * image.rgb.elemSize()));
  }
}

void Answer(const std::vector<std::string>& line) {
  std::ifstream in(line[2], std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  EncodedPicture file = bytes;
  (void)absl::SimpleAtoi(line[0], &file.bit_depth);
  (void)absl::SimpleAtoi(line[1], &file.page);
  const absl::StatusOr<Image> image = DecodePicture(file, {});
  if (!image.ok()) {
    std::cout << "refused\t" << image.status().message() << std::endl;
    return;
  }
  Write(*image, line[3]);
  std::cout << "ok\t" << image->width() << '\t' << image->height() << '\t' << image->rgb.elemSize1() << '\t'
            << image->full_scale << '\t' << PictureNotice(*image) << std::endl;
}

}  // namespace
}  // namespace mlfsc

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    const std::vector<std::string> fields = absl::StrSplit(line, '\t');
    if (fields.size() != 4) return 1;
    mlfsc::Answer(fields);
  }
  return 0;
}
