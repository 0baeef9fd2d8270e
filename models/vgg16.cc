#include "models/vgg16.h"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <ATen/Functions.h>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "models/arithmetic.h"
#include "models/backbone_file.h"
#include "models/device.h"
#include "models/device_features.h"
#include "models/forward_input.h"
#include "models/loaded_trunk.h"
#include "models/torch_errors.h"
#include "models/winograd/extractor.h"

namespace mlfsc {
namespace {

class Vgg16 : public FeatureExtractor {
 public:
  Vgg16(std::unique_ptr<const LoadedTrunk> loaded, FeatureArithmetic arithmetic)
      : loaded_(std::move(loaded)), arithmetic_(std::move(arithmetic)) {}

  absl::StatusOr<std::vector<PictureFeatures>> Extract(const FeatureOptions& options,
                                                       absl::Span<const InputPicture* const> batch) override {
    const absl::Status checked = CheckBatch(options, batch);
    if (!checked.ok()) return checked;
    return CatchTorch([&] {
      const ForwardScope scope(*loaded_);
      return loaded_->device.is_cpu() ? OnCpu(options, batch) : OnGpu(options, batch);
    });
  }

  // Gives way between convolutions, the longest of which is an eighth of the whole.
  absl::StatusOr<PictureFeatures> ExtractGivingWay(const FeatureOptions& options, const InputPicture& picture,
                                                   absl::FunctionRef<void()> give_way) override {
    // A GPU takes its time after the calls have returned: there is nothing to give way to.
    if (!loaded_->device.is_cpu()) return FeatureExtractor::ExtractGivingWay(options, picture, give_way);
    const InputPicture* const batch[] = {&picture};
    const absl::Status checked = CheckBatch(options, batch);
    if (!checked.ok()) return checked;
    return CatchTorch([&] {
      const ForwardScope scope(*loaded_);
      return OnHost(options, loaded_->trunk.Forward(options, Normalised(options, batch), give_way));
    });
  }

  int MostAtOnce(int batch) const override { return loaded_->device.is_cpu() ? 1 : batch; }

  std::string backbone_sha256() const override { return loaded_->sha256; }

  FeatureArithmetic arithmetic() const override { return arithmetic_; }

  std::string description() const override {
    const std::string how = absl::StrCat(", ", arithmetic_.precision, ", ", arithmetic_.convolution);
    if (!loaded_->device.is_cpu()) return loaded_->device.str() + how;
    return absl::StrCat("cpu, ", loaded_->threads, loaded_->threads == 1 ? " thread" : " threads", how);
  }

 private:
  // Picture by picture: what a picture gives cannot depend on its company, memory stays that of one, and with
  // packed weights a batch would be no faster.
  std::vector<PictureFeatures> OnCpu(const FeatureOptions& options,
                                     absl::Span<const InputPicture* const> batch) const {
    std::vector<PictureFeatures> features;
    for (const InputPicture* picture : batch) {
      features.push_back(
          OnHost(options, loaded_->trunk.Forward(options, Normalised(options, {&picture, 1}))));
    }
    return features;
  }

  // The whole batch at once; features stay on the device.
  std::vector<PictureFeatures> OnGpu(const FeatureOptions& options,
                                     absl::Span<const InputPicture* const> batch) const {
    if (batch.empty()) return {};
    const Trunk::Outputs outputs = loaded_->trunk.Forward(options, Normalised(options, batch));
    const std::vector<at::Tensor>& taps = outputs.taps;
    const std::vector<LayerShape> shapes = StandardisedShapes(options);
    std::vector<PictureFeatures> features(batch.size());
    for (size_t i = 0; i < batch.size(); ++i) {
      auto on_device = std::make_shared<TensorFeatures>();
      for (size_t layer = 0; layer < taps.size(); ++layer) {
        on_device->layers.push_back({shapes[layer].layer, taps[layer][static_cast<int64_t>(i)]});
      }
      features[i].device = std::move(on_device);
      features[i].appearance = Appearance(outputs, static_cast<int64_t>(i));
    }
    return features;
  }

  // `outputs`: of one picture.
  static PictureFeatures OnHost(const FeatureOptions& options, const Trunk::Outputs& outputs) {
    const std::vector<LayerShape> shapes = StandardisedShapes(options);
    PictureFeatures features;
    for (size_t layer = 0; layer < outputs.taps.size(); ++layer) {
      features.maps.push_back(ToFeatureMap(shapes[layer].layer, outputs.taps[layer][0]));
    }
    features.appearance = Appearance(outputs, 0);
    return features;
  }

  static std::vector<FeatureMap> Appearance(const Trunk::Outputs& outputs, int64_t picture) {
    std::vector<FeatureMap> maps;
    for (const at::Tensor& layer : outputs.appearance) {
      maps.push_back(ToFeatureMap(kAppearanceLayers[maps.size()], layer[picture]));
    }
    return maps;
  }

  // [batch, 3, S, S] on the device.
  at::Tensor Normalised(const FeatureOptions& options, absl::Span<const InputPicture* const> batch) const {
    const int64_t side = options.input_size;
    std::vector<at::Tensor> pictures;
    for (const InputPicture* picture : batch) {
      // from_blob takes no const pointer; nobody writes through it.
      pictures.push_back(at::from_blob(const_cast<float*>(picture->rgb.data()), {3, side, side}, at::kFloat));
    }
    return at::stack(pictures).to(loaded_->device).sub_(loaded_->mean).div_(loaded_->deviation);
  }

  const std::unique_ptr<const LoadedTrunk> loaded_;
  const FeatureArithmetic arithmetic_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<FeatureExtractor>> MakeVgg16(const Vgg16Options& options) {
  const absl::StatusOr<c10::Device> device = FindDevice(options.device);
  if (!device.ok()) return device.status();
  const absl::StatusOr<FeatureArithmetic> arithmetic =
      ChooseArithmetic(options.precision, options.convolution, device->is_cpu(), ThisCpu());
  if (!arithmetic.ok()) return arithmetic.status();
  if (arithmetic->convolution == "winograd") {
    const absl::StatusOr<int> threads = ForwardThreads(options.threads);
    if (!threads.ok()) return threads.status();
    const absl::StatusOr<Backbone> backbone = ReadBackbone(options.backbone);
    if (!backbone.ok()) return backbone.status();
    return MakeWinogradVgg16(*backbone, *threads);
  }
  absl::StatusOr<std::unique_ptr<const LoadedTrunk>> loaded =
      LoadTrunk(options, arithmetic->precision == "bfloat16" ? at::kBFloat16 : at::kFloat);
  if (!loaded.ok()) return loaded.status();
  return std::make_unique<Vgg16>(*std::move(loaded), *arithmetic);
}

}  // namespace mlfsc
