#include "models/torch_residual_coder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <ATen/Context.h>
#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <c10/core/InferenceMode.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/features/feature_extractor.h"
#include "models/device.h"
#include "models/device_features.h"
#include "models/tensor_coding.h"
#include "models/torch_errors.h"

namespace mlfsc {
namespace {

constexpr int kMostAtoms = 32;

// Standardise's (core/features) of one map as a tensor: the border cut off, every channel by its own mean and
// unbiased deviation, constant ones zero. [channels, height, width] of float32.
at::Tensor Standardised(const at::Tensor& map) {
  const at::Tensor inner =
      map.slice(1, kBorderCells, -kBorderCells).slice(2, kBorderCells, -kBorderCells).to(at::kDouble);
  const at::Tensor mean = inner.mean({1, 2}, /*keepdim=*/true);
  const at::Tensor centred = inner - mean;
  const int64_t cells = inner.size(1) * inner.size(2);
  const at::Tensor deviation =
      centred.square().sum({1, 2}, /*keepdim=*/true).div_(std::max<int64_t>(cells - 1, 1)).sqrt_();
  // What is not finite is not constant: it stays to be seen.
  const at::Tensor constant = deviation <= mean.abs() * kConstantShare;
  return at::where(constant, at::zeros_like(centred), centred / deviation).to(at::kFloat);
}

class TorchResidualCoder : public ResidualCoder {
 public:
  TorchResidualCoder(std::unique_ptr<ResidualCoder> host_coder, const Dictionaries& dictionaries,
                     const PatchOptions& patches, const CodingOptions& coding, c10::Device device)
      : host_coder_(std::move(host_coder)), patches_(patches), coding_(coding) {
    for (const LayerDictionaries& layer : dictionaries) {
      // from_blob takes no const pointer; the copy is what is kept.
      const at::Tensor atoms = at::from_blob(const_cast<float*>(layer.values.data()),
                                             {layer.channels, layer.atoms, layer.patch_cells}, at::kFloat)
                                   .clone()
                                   .to(device);
      const at::Tensor wide = atoms.to(at::kDouble);
      layers_.push_back({layer.layer, layer.channels,
                         atoms.view({int64_t{layer.channels} * layer.atoms, 1, patches.size, patches.size}),
                         at::bmm(wide, wide.transpose(1, 2))});
    }
  }

  absl::StatusOr<ResidualMaps> Code(const PictureFeatures& features, Workers workers) const override {
    if (features.device == nullptr) return host_coder_->Code(features, workers);
    const auto* on_device = dynamic_cast<const TensorFeatures*>(features.device.get());
    if (on_device == nullptr)
      return absl::InvalidArgumentError("features live on a device that is not LibTorch's");
    const absl::Status checked = Check(*on_device);
    if (!checked.ok()) return checked;

    absl::StatusOr<ResidualMaps> residuals =
        Small() ? CodeOnDevice(*on_device) : CodeOnHost(*on_device, workers);
    if (!residuals.ok()) return residuals.status();
    for (const ResidualMap& map : *residuals) {
      const auto finite = [](float value) { return std::isfinite(value); };
      if (!std::all_of(map.values.begin(), map.values.end(), finite)) {
        return absl::InternalError(absl::StrCat("layer ", map.layer, " holds a value that is not finite"));
      }
    }
    return residuals;
  }

 private:
  struct Layer {
    std::string name;
    int channels;
    // [channels * atoms, 1, size, size], float32.
    at::Tensor atoms;
    // [channels, atoms, atoms], float64.
    at::Tensor gram;
  };

  absl::Status Check(const TensorFeatures& features) const {
    if (features.layers.size() != layers_.size()) {
      return absl::InvalidArgumentError(absl::StrCat("features have ", features.layers.size(),
                                                     " layers; the dictionaries have ", layers_.size()));
    }
    for (size_t i = 0; i < layers_.size(); ++i) {
      const TensorFeatures::Layer& layer = features.layers[i];
      if (layer.name != layers_[i].name || layer.map.size(0) != layers_[i].channels) {
        return absl::InvalidArgumentError(absl::StrCat("features have layer ", layer.name, " of ",
                                                       layer.map.size(0), " channels; the dictionaries have ",
                                                       layers_[i].name, " of ", layers_[i].channels));
      }
    }
    return absl::OkStatus();
  }

  bool Small() const {
    return std::all_of(layers_.begin(), layers_.end(),
                       [](const Layer& layer) { return layer.gram.size(1) <= kMostAtoms; });
  }

  absl::StatusOr<ResidualMaps> CodeOnHost(const TensorFeatures& features, Workers workers) const {
    const absl::StatusOr<PictureFeatures> standardised = CatchTorch([&] {
      const c10::InferenceMode inference;
      PictureFeatures on_host;
      for (const TensorFeatures::Layer& layer : features.layers) {
        on_host.maps.push_back(ToFeatureMap(layer.name, Standardised(layer.map)));
      }
      return on_host;
    });
    if (!standardised.ok()) return standardised.status();
    return host_coder_->Code(*standardised, workers);
  }

  absl::StatusOr<ResidualMaps> CodeOnDevice(const TensorFeatures& features) const {
    return CatchTorch([&] {
      const c10::InferenceMode inference;
      ResidualMaps residuals;
      for (size_t i = 0; i < layers_.size(); ++i) {
        residuals.push_back(CodeLayer(layers_[i], features.layers[i].map));
      }
      return residuals;
    });
  }

  ResidualMap CodeLayer(const Layer& layer, const at::Tensor& raw) const {
    ResidualMap residual;
    residual.layer = layer.name;
    residual.channels = layer.channels;
    residual.grid = MakePatchGrid(patches_, static_cast<int>(raw.size(1)) - 2 * kBorderCells,
                                  static_cast<int>(raw.size(2)) - 2 * kBorderCells);
    if (residual.grid.count() == 0) return residual;

    // [1, channels, height, width], as convolutions want it.
    const at::Tensor map = Standardised(raw).unsqueeze(0);
    const std::array<int64_t, 2> stride = {patches_.stride, patches_.stride};
    const std::array<int64_t, 2> no_padding = {0, 0};
    const std::array<int64_t, 2> dilation = {1, 1};
    const at::Tensor correlations =
        at::conv2d(map, layer.atoms, /*bias=*/{}, stride, no_padding, dilation, /*groups=*/layer.channels)
            .view({layer.channels, -1, residual.grid.count()})
            .to(at::kDouble);
    const at::Tensor energies =
        at::avg_pool2d(map.to(at::kDouble).square_(), patches_.size, patches_.stride, /*padding=*/0,
                       /*ceil_mode=*/false, /*count_include_pad=*/false, /*divisor_override=*/1)
            .view({layer.channels, residual.grid.count()});
    const at::Tensor explained =
        coding_.coder == Coder::kLasso
            ? ExplainedEnergy(correlations, layer.gram, SolveLasso(correlations, layer.gram, coding_.alpha))
            : PursuedEnergy(correlations, layer.gram, coding_.nonzeros);
    // Rounding may take a little more than there was.
    const at::Tensor residuals =
        (energies - explained).clamp_min_(0).to(at::kFloat).to(at::kCPU).contiguous();
    const float* values = residuals.data_ptr<float>();
    residual.values.assign(values, values + residuals.numel());
    return residual;
  }

  const std::unique_ptr<ResidualCoder> host_coder_;
  const PatchOptions patches_;
  const CodingOptions coding_;
  std::vector<Layer> layers_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ResidualCoder>> MakeTorchResidualCoder(const Dictionaries& dictionaries,
                                                                      const PatchOptions& patches,
                                                                      const CodingOptions& coding,
                                                                      const std::string& device) {
  const absl::StatusOr<c10::Device> found = FindDevice(device);
  if (!found.ok()) return found.status();
  // Checks the dictionaries, too.
  absl::StatusOr<std::unique_ptr<ResidualCoder>> host_coder =
      MakeResidualCoder(dictionaries, patches, coding);
  if (!host_coder.ok()) return host_coder.status();
  return CatchTorch([&]() -> std::unique_ptr<ResidualCoder> {
    const c10::InferenceMode inference;
    // float32 means float32, as in the forward pass.
    if (found->is_cuda()) at::globalContext().setAllowTF32CuDNN(false);
    return std::make_unique<TorchResidualCoder>(*std::move(host_coder), dictionaries, patches, coding,
                                                *found);
  });
}

absl::StatusOr<ResidualCoderFactory> CodersFor(const std::string& device) {
  const absl::StatusOr<c10::Device> found = FindDevice(device);
  if (!found.ok()) return found.status();
  if (found->is_cpu()) return ResidualCoderFactory(MakeResidualCoder);
  return ResidualCoderFactory(
      [device](const Dictionaries& dictionaries, const PatchOptions& patches, const CodingOptions& coding) {
        return MakeTorchResidualCoder(dictionaries, patches, coding, device);
      });
}

}  // namespace mlfsc
