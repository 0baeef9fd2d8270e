// VGG16's weights as a file holds them, read and checked. Free of LibTorch.
#ifndef MLFSC_MODELS_BACKBONE_FILE_H_
#define MLFSC_MODELS_BACKBONE_FILE_H_

#include <array>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace mlfsc {

// One 3 x 3 convolution of configuration D.
struct ConvolutionShape {
  // Its number among torchvision's `features`.
  int index;
  int inputs;
  int outputs;
  // A 2 x 2 max-pooling lies between it and the convolution before.
  bool pooled;
};

// conv1_1 to conv4_3, in the order of the forward pass.
inline constexpr std::array<ConvolutionShape, 10> kConvolutions = {{{0, 3, 64, false},
                                                                    {2, 64, 64, false},
                                                                    {5, 64, 128, true},
                                                                    {7, 128, 128, false},
                                                                    {10, 128, 256, true},
                                                                    {12, 256, 256, false},
                                                                    {14, 256, 256, false},
                                                                    {17, 256, 512, true},
                                                                    {19, 512, 512, false},
                                                                    {21, 512, 512, false}}};

struct Backbone {
  struct Convolution {
    // [outputs, inputs, 3, 3], row-major.
    std::vector<float> weight;
    // [outputs].
    std::vector<float> bias;
  };
  // As kConvolutions.
  std::array<Convolution, kConvolutions.size()> convolutions;
  // Of red, green and blue in [0, 1]: the network's input is (rgb - mean) / deviation.
  std::array<float, 3> mean{};
  std::array<float, 3> deviation{};
  // Of the file, hex.
  std::string sha256;
};

// Reads a safetensors file with torchvision's names (features.N.weight, features.N.bias); float16, bfloat16,
// float32 or float64; other tensors are ignored. The normalisation is that of the metadata's `input_mean` and
// `input_std` (JSON arrays); without both it is ImageNet's, which is logged. NotFound for a missing file,
// InvalidArgument for one that is no VGG16 (names the tensor and both shapes) or whose metadata cannot be
// used (another channel order or input range, a deviation that is not positive).
absl::StatusOr<Backbone> ReadBackbone(const std::string& path);

}  // namespace mlfsc

#endif  // MLFSC_MODELS_BACKBONE_FILE_H_
