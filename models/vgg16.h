// VGG16 (Simonyan and Zisserman, 2014; configuration D) up to conv4_3: on LibTorch, or by Winograd's
// algorithm.
#ifndef MLFSC_MODELS_VGG16_H_
#define MLFSC_MODELS_VGG16_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "core/features/feature_extractor.h"

namespace mlfsc {

struct Vgg16Options {
  // A safetensors file with torchvision's names (`features.N.weight`), float16, bfloat16 or float32. Its
  // metadata's input_mean and input_std are the normalisation; without them, ImageNet's, with a line logged.
  // Tensors that are not needed are ignored.
  std::string backbone;
  // auto, cpu, cuda or cuda:N.
  std::string device = "auto";
  // Of the forward pass; 0 = one for each core.
  int threads = 0;
  // As ChooseArithmetic takes them: auto, float32 or bfloat16; auto, winograd or direct.
  std::string precision = "auto";
  std::string convolution = "auto";
};

// How far two computations of one picture's features may differ, as a share of the layer's largest absolute
// value: alone or in a batch, with one thread or many, on a CPU or a GPU, directly or by Winograd's algorithm
// (whose errors are about twice those of direct summation); float32 only. Ten convolutions in turn, each a
// float32 sum of up to 9 * 512 products whose rounding errors (half a unit of 2^-23) add up like a random
// walk: 10 * sqrt(4608) * 2^-24 = 4e-5. On the CPU the batch makes no difference at all: pictures run one by
// one.
inline constexpr double kFeatureTolerance = 4e-5;

// Reads and checks the weights. NotFound for a missing file, InvalidArgument for one that is no VGG16 (names
// the tensor and both shapes), a device name that does not parse or an arithmetic that does not exist,
// FailedPrecondition for a device that is not there or an arithmetic that it has not.
absl::StatusOr<std::unique_ptr<FeatureExtractor>> MakeVgg16(const Vgg16Options& options);

}  // namespace mlfsc

#endif  // MLFSC_MODELS_VGG16_H_
