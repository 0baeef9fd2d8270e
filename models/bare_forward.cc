#include "models/bare_forward.h"

#include <utility>

#include <ATen/Functions.h>
#include <torch/cuda.h>

#include "absl/strings/str_cat.h"
#include "models/loaded_trunk.h"
#include "models/torch_errors.h"

namespace mlfsc {

class BareForward::Impl {
 public:
  explicit Impl(std::unique_ptr<const LoadedTrunk> loaded) : loaded_(std::move(loaded)) {}

  absl::Status Prepare(const FeatureOptions& options, int batch) {
    if (options.source == FeatureSource::kPixels) {
      return absl::InvalidArgumentError("pixels have no forward pass; only pyramid and single_pass do");
    }
    if (batch < 1) {
      return absl::InvalidArgumentError(absl::StrCat("batch has ", batch, " pictures; it needs at least 1"));
    }
    source_ = options.source;
    return CatchTorch([&] {
             const ForwardScope scope(*loaded_);
             input_ = at::randn({batch, 3, options.input_size, options.input_size}).to(loaded_->device);
             return true;
           })
        .status();
  }

  absl::Status Run() {
    if (!input_.defined()) return absl::FailedPreconditionError("no input has been prepared");
    return CatchTorch([&] {
             const ForwardScope scope(*loaded_);
             const std::vector<at::Tensor> taps = loaded_->trunk.Forward({source_}, input_).taps;
             if (loaded_->device.is_cuda()) torch::cuda::synchronize(loaded_->device.index());
             return taps.size();
           })
        .status();
  }

 private:
  const std::unique_ptr<const LoadedTrunk> loaded_;
  FeatureSource source_ = FeatureSource::kPyramid;
  at::Tensor input_;
};

BareForward::BareForward(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
BareForward::~BareForward() = default;

absl::StatusOr<std::unique_ptr<BareForward>> BareForward::Make(const Vgg16Options& options) {
  absl::StatusOr<std::unique_ptr<const LoadedTrunk>> loaded = LoadTrunk(options);
  if (!loaded.ok()) return loaded.status();
  return std::unique_ptr<BareForward>(new BareForward(std::make_unique<Impl>(*std::move(loaded))));
}

absl::Status BareForward::Prepare(const FeatureOptions& options, int batch) {
  return impl_->Prepare(options, batch);
}

absl::Status BareForward::Run() { return impl_->Run(); }

}  // namespace mlfsc
