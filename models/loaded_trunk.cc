#include "models/loaded_trunk.h"

#include <array>

#include <ATen/Context.h>
#include <ATen/Functions.h>
#include <ATen/Parallel.h>

#include "models/backbone_file.h"
#include "models/device.h"
#include "models/forward_input.h"
#include "models/kept_blocks.h"
#include "models/torch_errors.h"

namespace mlfsc {
namespace {

at::Tensor PerChannel(const std::array<float, 3>& values, c10::Device device) {
  return at::tensor(at::ArrayRef<float>(values.data(), values.size())).view({1, 3, 1, 1}).to(device);
}

}  // namespace

absl::StatusOr<std::unique_ptr<const LoadedTrunk>> LoadTrunk(const Vgg16Options& options,
                                                             at::ScalarType precision) {
  const absl::StatusOr<int> threads = ForwardThreads(options.threads);
  if (!threads.ok()) return threads.status();
  const absl::StatusOr<c10::Device> device = FindDevice(options.device);
  if (!device.ok()) return device.status();
  const absl::StatusOr<Backbone> backbone = ReadBackbone(options.backbone);
  if (!backbone.ok()) return backbone.status();
  return CatchTorch([&]() -> std::unique_ptr<const LoadedTrunk> {
    const c10::InferenceMode inference;
    if (device->is_cpu()) KeepBlocksOfTorch();
    // float32 means float32: cuDNN would round products to TensorFloat-32's 10 bits otherwise.
    if (device->is_cuda()) at::globalContext().setAllowTF32CuDNN(false);
    return std::unique_ptr<const LoadedTrunk>(
        new LoadedTrunk{*device, *threads, backbone->sha256, PerChannel(backbone->mean, *device),
                        PerChannel(backbone->deviation, *device), Trunk(*backbone, *device, precision)});
  });
}

ForwardScope::ForwardScope(const LoadedTrunk& loaded) {
  // Looked at first, because setting it builds a pool of LibTorch's own anew each time.
  if (loaded.device.is_cpu() && at::get_num_threads() != loaded.threads) at::set_num_threads(loaded.threads);
}

}  // namespace mlfsc
