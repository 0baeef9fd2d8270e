#include "models/device.h"

#include <torch/cuda.h>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace mlfsc {

absl::StatusOr<c10::Device> FindDevice(const std::string& name) {
  if (name == "cpu") return c10::Device(c10::kCPU);
  const auto gpus = static_cast<int>(torch::cuda::device_count());
  if (name == "auto") return gpus > 0 ? c10::Device(c10::kCUDA, 0) : c10::Device(c10::kCPU);

  absl::string_view number = name;
  int index = 0;
  if (!absl::ConsumePrefix(&number, "cuda") ||
      (!number.empty() && (!absl::ConsumePrefix(&number, ":") || number.empty() ||
                           number.find_first_not_of("0123456789") != absl::string_view::npos ||
                           !absl::SimpleAtoi(number, &index)))) {
    return absl::InvalidArgumentError(
        absl::StrCat("device is ", name, "; it must be auto, cpu, cuda or cuda:N"));
  }
  if (gpus == 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("device is ", name, "; this machine or this LibTorch has no CUDA GPU"));
  }
  if (index >= gpus) {
    return absl::FailedPreconditionError(
        absl::StrCat("device is ", name, "; this machine has ", gpus, " CUDA GPUs, counted from 0"));
  }
  return c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(index));
}

}  // namespace mlfsc
