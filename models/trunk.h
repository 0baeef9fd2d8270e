// VGG16's convolutions on LibTorch tensors.
#ifndef MLFSC_MODELS_TRUNK_H_
#define MLFSC_MODELS_TRUNK_H_

#include <cstddef>
#include <vector>

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include "absl/functional/function_ref.h"
#include "core/features/feature_options.h"
#include "models/backbone_file.h"

namespace mlfsc {

// conv1_1 to conv4_3 with their weights on one device. Immutable and thread-safe. Throws LibTorch's
// exceptions.
class Trunk {
 public:
  // `precision`: kFloat; kBFloat16 where the CPU has it and LibTorch has oneDNN.
  Trunk(const Backbone& backbone, c10::Device device, at::ScalarType precision = at::kFloat);

  struct Outputs {
    // What each tap puts out before its ReLU, conv4_3, conv3_3, conv2_2: [batch, channels, height, width],
    // dense, row-major.
    std::vector<at::Tensor> taps;
    // PictureFeatures::appearance, [batch, channels, S / 8, S / 8]; empty unless asked for.
    std::vector<at::Tensor> appearance;
  };

  // `input`: [batch, 3, S, S] on the device, normalised; `options.source` is not `pixels`. `before_each` is
  // called before each convolution.
  Outputs Forward(
      const FeatureOptions& options, const at::Tensor& input,
      absl::FunctionRef<void()> before_each = [] {}) const;

 private:
  // Runs the convolutions up to the last of `taps` (ascending places in kConvolutions) and returns their
  // outputs in that order.
  std::vector<at::Tensor> Run(at::Tensor x, const std::vector<size_t>& taps,
                              absl::FunctionRef<void()> before_each) const;

  // Whether tensors run through in oneDNN's blocked layout with weights packed once. On two AVX-512 cores, a
  // pyramid of one 256 x 256 picture takes 93 ms so, 97 ms in channels-last layout, 114 ms in row-major
  // layout.
  const bool blocked_;
  const at::ScalarType precision_;
  std::vector<at::Tensor> weights_;
  std::vector<at::Tensor> biases_;
};

}  // namespace mlfsc

#endif  // MLFSC_MODELS_TRUNK_H_
