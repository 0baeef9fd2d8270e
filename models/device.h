// Where LibTorch computes.
#ifndef MLFSC_MODELS_DEVICE_H_
#define MLFSC_MODELS_DEVICE_H_

#include <string>

#include <c10/core/Device.h>

#include "absl/status/statusor.h"

namespace mlfsc {

// auto (the first GPU, else the CPU), cpu, cuda (the first GPU) or cuda:N. InvalidArgument for another name,
// FailedPrecondition for a GPU that is not there.
absl::StatusOr<c10::Device> FindDevice(const std::string& name);

}  // namespace mlfsc

#endif  // MLFSC_MODELS_DEVICE_H_
