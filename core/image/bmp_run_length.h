// Run-length coded pixels of BMP files, RLE8 and RLE4.
#ifndef MLFSC_CORE_IMAGE_BMP_RUN_LENGTH_H_
#define MLFSC_CORE_IMAGE_BMP_RUN_LENGTH_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace mlfsc {

// Places in the palette, [height, width], the lowest row first, as it is coded. `coded`: from the first code
// to the end of the file. `bits`: 8 or 4. Pixels that the codes pass over are 0. InvalidArgument for codes
// that leave the picture, or end before it does. Memory: the caller has checked the sides.
absl::StatusOr<std::vector<uint8_t>> DecodeBmpRunLength(absl::string_view coded, int bits, int width,
                                                        int height);

}  // namespace mlfsc

#endif  // MLFSC_CORE_IMAGE_BMP_RUN_LENGTH_H_
