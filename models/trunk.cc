#include "models/trunk.h"

#include <algorithm>
#include <utility>

#include <ATen/Context.h>
#include <ATen/Functions.h>

namespace mlfsc {
namespace {

// Places of the taps in kConvolutions.
constexpr size_t kConv22 = 3;
constexpr size_t kConv33 = 6;
constexpr size_t kConv43 = 9;

at::Tensor TensorOf(const std::vector<float>& values, at::IntArrayRef shape, c10::Device device) {
  // from_blob takes no const pointer; the copy is what is kept.
  return at::from_blob(const_cast<float*>(values.data()), shape, at::kFloat).clone().to(device);
}

}  // namespace

Trunk::Trunk(const Backbone& backbone, c10::Device device, at::ScalarType precision)
    : blocked_(device.is_cpu() && at::hasMKLDNN()), precision_(precision) {
  for (size_t i = 0; i < kConvolutions.size(); ++i) {
    const ConvolutionShape& shape = kConvolutions[i];
    at::Tensor weight =
        TensorOf(backbone.convolutions[i].weight, {shape.outputs, shape.inputs, 3, 3}, device);
    at::Tensor bias = TensorOf(backbone.convolutions[i].bias, {shape.outputs}, device);
    if (blocked_) {
      weight =
          at::mkldnn_reorder_conv2d_weight(weight.to_mkldnn(precision), /*padding=*/{1, 1}, /*stride=*/{1, 1},
                                           /*dilation=*/{1, 1}, /*groups=*/1);
      bias = bias.to_mkldnn(precision);
    }
    weights_.push_back(std::move(weight));
    biases_.push_back(std::move(bias));
  }
}

Trunk::Outputs Trunk::Forward(const FeatureOptions& options, const at::Tensor& input,
                              absl::FunctionRef<void()> before_each) const {
  Outputs outputs;
  const bool single_pass = options.source == FeatureSource::kSinglePass;
  std::vector<at::Tensor> whole;
  if (single_pass || options.appearance) {
    whole = Run(input, {kConv22, kConv33, kConv43}, before_each);
    std::reverse(whole.begin(), whole.end());
  } else {
    whole = Run(input, {kConv43}, before_each);
  }
  if (options.appearance) {
    const int64_t side = whole.front().size(2);
    for (const at::Tensor& tap : whole) {
      const int64_t square = tap.size(2) / side;
      const at::Tensor positive = at::relu(tap);
      outputs.appearance.push_back(square == 1 ? positive : at::avg_pool2d(positive, square));
    }
  }
  if (single_pass) {
    outputs.taps = std::move(whole);
    return outputs;
  }
  outputs.taps.push_back(std::move(whole.front()));
  outputs.taps.push_back(Run(at::max_pool2d(input, 2), {kConv33}, before_each).front());
  outputs.taps.push_back(Run(at::max_pool2d(input, 4), {kConv22}, before_each).front());
  return outputs;
}

std::vector<at::Tensor> Trunk::Run(at::Tensor x, const std::vector<size_t>& taps,
                                   absl::FunctionRef<void()> before_each) const {
  std::vector<at::Tensor> outputs;
  if (blocked_) x = x.to_mkldnn(precision_);
  for (size_t i = 0;; ++i) {
    before_each();
    if (kConvolutions[i].pooled) x = at::max_pool2d(x, 2);
    x = at::conv2d(x, weights_[i], biases_[i], /*stride=*/1, /*padding=*/1);
    const bool tapped = i == taps[outputs.size()];
    if (tapped) outputs.push_back(blocked_ ? x.to_dense(at::kFloat) : x);
    if (outputs.size() == taps.size()) return outputs;
    // Not in place where the tap's own tensor was handed out.
    x = tapped ? at::relu(x) : at::relu_(x);
  }
}

}  // namespace mlfsc
