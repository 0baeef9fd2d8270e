#include "models/vgg16.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <thread>
#include <utility>
#include <vector>

#include <ATen/Context.h>
#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "models/backbone_file.h"
#include "models/device.h"
#include "models/device_features.h"
#include "models/torch_errors.h"
#include "models/trunk.h"

namespace mlfsc {
namespace {

// [1, 3, 1, 1].
at::Tensor PerChannel(const std::array<float, 3>& values, c10::Device device) {
  return at::tensor(at::ArrayRef<float>(values.data(), values.size())).view({1, 3, 1, 1}).to(device);
}

absl::Status CheckBatch(const FeatureOptions& options, absl::Span<const InputPicture* const> batch) {
  if (options.source == FeatureSource::kPixels) {
    return absl::InvalidArgumentError("VGG16 gives pyramid and single_pass features, not pixels");
  }
  for (const InputPicture* picture : batch) {
    const auto side = static_cast<size_t>(options.input_size);
    if (picture->size != options.input_size || picture->rgb.size() != 3 * side * side) {
      return absl::InvalidArgumentError(absl::StrCat(
          "input picture is ", picture->size, " px a side with ", picture->rgb.size(),
          " values; the features asked for need ", side, " px and ", 3 * side * side, " values"));
    }
  }
  return absl::OkStatus();
}

class Vgg16 : public FeatureExtractor {
 public:
  Vgg16(const Backbone& backbone, c10::Device device, int threads)
      : device_(device),
        threads_(threads),
        sha256_(backbone.sha256),
        mean_(PerChannel(backbone.mean, device)),
        deviation_(PerChannel(backbone.deviation, device)),
        trunk_(backbone, device) {}

  absl::StatusOr<std::vector<PictureFeatures>> Extract(const FeatureOptions& options,
                                                       absl::Span<const InputPicture* const> batch) override {
    const absl::Status checked = CheckBatch(options, batch);
    if (!checked.ok()) return checked;
    return CatchTorch([&] { return device_.is_cpu() ? OnCpu(options, batch) : OnDevice(options, batch); });
  }

  std::string backbone_sha256() const override { return sha256_; }

  std::string description() const override {
    if (!device_.is_cpu()) return absl::StrCat(device_.str(), ", float32");
    return absl::StrCat("cpu, ", threads_, threads_ == 1 ? " thread" : " threads", ", float32");
  }

 private:
  // Picture by picture: what a picture gives cannot depend on its company, memory stays that of one, and with
  // packed weights a batch would be no faster.
  std::vector<PictureFeatures> OnCpu(const FeatureOptions& options,
                                     absl::Span<const InputPicture* const> batch) const {
    const c10::InferenceMode inference;
    // Of the calling thread. Setting it costs a pool of LibTorch's own each time.
    if (at::get_num_threads() != threads_) at::set_num_threads(threads_);
    const std::vector<LayerShape> layers = StandardisedShapes(options);
    std::vector<PictureFeatures> features;
    for (const InputPicture* picture : batch) {
      const std::vector<at::Tensor> taps = trunk_.Taps(options.source, Normalised(options, {&picture, 1}));
      PictureFeatures& of_picture = features.emplace_back();
      for (size_t i = 0; i < taps.size(); ++i) {
        const at::Tensor& tap = taps[i];
        const float* values = tap.data_ptr<float>();
        of_picture.maps.push_back({layers[i].layer, static_cast<int>(tap.size(1)),
                                   static_cast<int>(tap.size(2)), static_cast<int>(tap.size(3)),
                                   std::vector<float>(values, values + tap.numel())});
      }
    }
    return features;
  }

  // The whole batch at once; features stay on the device.
  std::vector<PictureFeatures> OnDevice(const FeatureOptions& options,
                                        absl::Span<const InputPicture* const> batch) const {
    if (batch.empty()) return {};
    const c10::InferenceMode inference;
    const std::vector<at::Tensor> taps = trunk_.Taps(options.source, Normalised(options, batch));
    std::vector<PictureFeatures> features(batch.size());
    for (size_t i = 0; i < batch.size(); ++i) {
      auto on_device = std::make_shared<TensorFeatures>();
      for (const at::Tensor& tap : taps) on_device->maps.push_back(tap[static_cast<int64_t>(i)]);
      features[i].device = std::move(on_device);
    }
    return features;
  }

  // [batch, 3, S, S] on the device.
  at::Tensor Normalised(const FeatureOptions& options, absl::Span<const InputPicture* const> batch) const {
    const int64_t side = options.input_size;
    std::vector<at::Tensor> pictures;
    for (const InputPicture* picture : batch) {
      // from_blob takes no const pointer; nobody writes through it.
      pictures.push_back(at::from_blob(const_cast<float*>(picture->rgb.data()), {3, side, side}, at::kFloat));
    }
    return at::stack(pictures).to(device_).sub_(mean_).div_(deviation_);
  }

  const c10::Device device_;
  const int threads_;
  const std::string sha256_;
  const at::Tensor mean_;
  const at::Tensor deviation_;
  const Trunk trunk_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<FeatureExtractor>> MakeVgg16(const Vgg16Options& options) {
  if (options.threads < 0) {
    return absl::InvalidArgumentError(absl::StrCat("threads of the forward pass are ", options.threads,
                                                   "; they must be 0 (one a core) or more"));
  }
  const int threads = options.threads > 0
                          ? options.threads
                          : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const absl::StatusOr<c10::Device> device = FindDevice(options.device);
  if (!device.ok()) return device.status();
  const absl::StatusOr<Backbone> backbone = ReadBackbone(options.backbone);
  if (!backbone.ok()) return backbone.status();
  return CatchTorch([&]() -> std::unique_ptr<FeatureExtractor> {
    const c10::InferenceMode inference;
    // float32 means float32: cuDNN would round products to TensorFloat-32's 10 bits otherwise.
    if (device->is_cuda()) at::globalContext().setAllowTF32CuDNN(false);
    return std::make_unique<Vgg16>(*backbone, *device, threads);
  });
}

}  // namespace mlfsc
