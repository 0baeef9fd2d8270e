#include "core/training/picture_signature.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <functional>
#include <string_view>
#include <vector>

namespace mlfsc {
namespace {

constexpr float kLevels = 255;
// Of a block's side, the cell in its middle.
constexpr int kCellShare = 8;

uint64_t HashOf(const InputPicture& input) {
  const auto* bytes = reinterpret_cast<const char*>(input.rgb.data());
  return std::hash<std::string_view>()({bytes, input.rgb.size() * sizeof(float)});
}

std::vector<float> GreyOf(const InputPicture& input) {
  const size_t count = input.rgb.size() / 3;
  const float* red = input.rgb.data();
  const float* green = red + count;
  const float* blue = green + count;
  std::vector<float> grey(count);
  for (size_t i = 0; i < count; ++i) {
    grey[i] = kLevels * (0.299f * red[i] + 0.587f * green[i] + 0.114f * blue[i]);
  }
  return grey;
}

// Mean of the square of `side` pixels whose first is `first`.
double MeanOf(const float* first, int side, int row) {
  double sum = 0;
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) sum += first[y * row + x];
  }
  return sum / (side * side);
}

}  // namespace

PictureSignature SignatureOf(const InputPicture& input) {
  PictureSignature signature;
  signature.hash = HashOf(input);
  const std::vector<float> grey = GreyOf(input);
  const int side = input.size / PictureSignature::kSide;
  const int cell = std::max(1, side / kCellShare);
  for (int block = 0; block < PictureSignature::kBlocks; ++block) {
    const int top = block / PictureSignature::kSide * side;
    const int left = block % PictureSignature::kSide * side;
    const float* const first = grey.data() + static_cast<size_t>(top) * input.size + left;
    const int middle = side / 2;
    const double mean = MeanOf(first, side, input.size);
    const double detail = MeanOf(first + middle * input.size + middle, cell, input.size) - mean;
    signature.blocks[block] = static_cast<uint16_t>(std::lround(PictureSignature::kBlockSteps * mean));
    signature.details[block] = static_cast<int16_t>(std::lround(PictureSignature::kDetailSteps * detail));
  }
  const auto [darkest, brightest] = std::minmax_element(grey.begin(), grey.end());
  signature.darkest = *darkest;
  signature.brightest = *brightest;
  double sum = 0;
  double squares = 0;
  for (const float level : grey) {
    sum += level;
    squares += double{level} * level;
  }
  const auto count = static_cast<double>(grey.size());
  signature.contrast =
      static_cast<float>(std::sqrt(std::max(0.0, squares / count - sum / count * (sum / count))));
  return signature;
}

SignatureDistance DistanceOf(const PictureSignature& a, const PictureSignature& b) {
  int blocks = 0;
  int64_t difference = 0;
  int64_t of_a = 0;
  int64_t of_b = 0;
  for (int i = 0; i < PictureSignature::kBlocks; ++i) {
    blocks = std::max(blocks, std::abs(a.blocks[i] - b.blocks[i]));
    const int64_t apart = a.details[i] - b.details[i];
    difference += apart * apart;
    of_a += int64_t{a.details[i]} * a.details[i];
    of_b += int64_t{b.details[i]} * b.details[i];
  }
  const auto root = [](int64_t squares) {
    return std::sqrt(static_cast<double>(squares) / PictureSignature::kBlocks) /
           PictureSignature::kDetailSteps;
  };
  return {blocks / double{PictureSignature::kBlockSteps}, root(difference), root(std::min(of_a, of_b))};
}

}  // namespace mlfsc
