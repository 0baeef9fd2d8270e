// How many of a sample's bits a picture uses: 10-, 12- and 14-bit cameras write samples of 16.
#ifndef MLFSC_CORE_IMAGE_BIT_DEPTH_H_
#define MLFSC_CORE_IMAGE_BIT_DEPTH_H_

#include <string>

#include "absl/status/status.h"
#include "core/image/image.h"

namespace mlfsc {

inline constexpr int kMinBitDepth = 9;
inline constexpr int kMaxBitDepth = 16;

// What a file says of its samples.
struct SampleBits {
  // Of a sample as it is stored: 8 for whatever has become 8 bits, or 9 to 16.
  int stored = 8;
  // What a tag states, 9 to 16; 0 when none does.
  int tagged = 0;
  // Of the tag; empty when there is none.
  const char* tag = "";
  // Whether white is stored as 0.
  bool white_is_zero = false;
};

// The sample value of white.
constexpr int WhiteOf(int bit_depth) { return (1 << bit_depth) - 1; }

// 9 to 15 when `highest` is the white of so many bits, else 0: a tag for the largest sample value may hold
// what a picture happens to reach, which says nothing of its white.
int BitDepthOfWhite(double highest);

// Sets `image`'s white from `stated` (0 for nothing), the tag or the stored bits, in this order, turns white
// that is stored as 0 to black's place, and sets `fits_bits`. InvalidArgument for a depth that such samples
// cannot have, and for a sample above white, which it names with its place in the stored picture.
absl::Status SettleBitDepth(const SampleBits& bits, int stated, Image* image);

// `image.fits_bits` of samples of 16 bits whose depth nobody stated.
int FittingBits(const cv::Mat& samples);

// Of a picture that can be read, but is likely not what its sender thinks: one line for people, or nothing.
std::string PictureNotice(const Image& image);

}  // namespace mlfsc

#endif  // MLFSC_CORE_IMAGE_BIT_DEPTH_H_
