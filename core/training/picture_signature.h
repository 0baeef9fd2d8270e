// What is kept of a training picture to find its copies, and to tell a picture that shows nothing.
#ifndef MLFSC_CORE_TRAINING_PICTURE_SIGNATURE_H_
#define MLFSC_CORE_TRAINING_PICTURE_SIGNATURE_H_

#include <array>
#include <cstdint>

#include "core/image/input_picture.h"

namespace mlfsc {

// About 1 KiB. Grey is ITU-R BT.601's, in levels of 0 to 255 whatever the picture's depth.
struct PictureSignature {
  static constexpr int kSide = 16;
  static constexpr int kBlocks = kSide * kSide;
  static constexpr int kBlockSteps = 128;
  static constexpr int kDetailSteps = 64;

  // Equal for equal inputs. In this process only.
  uint64_t hash = 0;
  // Mean grey of 16 x 16 blocks, in steps of 1/128 of a level.
  std::array<uint16_t, kBlocks> blocks{};
  // Fine structure: mean grey of the cell in the middle of each block (an eighth of it a side, at least a
  // pixel) less the block's own mean, in steps of 1/64 of a level.
  std::array<int16_t, kBlocks> details{};
  // Darkest and brightest grey of the picture, and its standard deviation: levels.
  float darkest = 0;
  float brightest = 0;
  float contrast = 0;
};

// `input`: at least 32 pixels a side, a multiple of 16. Thread-safe.
PictureSignature SignatureOf(const InputPicture& input);

// How far apart two pictures are.
struct SignatureDistance {
  // Largest difference of two blocks' means, levels.
  double blocks = 0;
  // Root mean square of the difference of details, and of the details themselves (the weaker picture's).
  double details = 0;
  double structure = 0;
};
SignatureDistance DistanceOf(const PictureSignature& a, const PictureSignature& b);

}  // namespace mlfsc

#endif  // MLFSC_CORE_TRAINING_PICTURE_SIGNATURE_H_
