// The coding stage for features that live where LibTorch computes, so that they never travel.
#ifndef MLFSC_MODELS_TORCH_RESIDUAL_CODER_H_
#define MLFSC_MODELS_TORCH_RESIDUAL_CODER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "core/coding/residual_coder.h"

namespace mlfsc {

// As MakeResidualCoder, for features that VGG16 left on `device` as well (a device name as in Vgg16Options;
// errors too): border cropped, channels standardised, correlations by a grouped convolution, energies by a
// box sum, codes by tensor_coding.h. Only residuals come to the host. Dictionaries of more than 32 atoms are
// the exception: what they code is copied to the host, where core's general coder is the faster one. Features
// in the host's memory are left to core's coder. Both coders' residuals agree to within the rounding of
// float32 sums over a patch's cells.
absl::StatusOr<std::unique_ptr<ResidualCoder>> MakeTorchResidualCoder(const Dictionaries& dictionaries,
                                                                      const PatchOptions& patches,
                                                                      const CodingOptions& coding,
                                                                      const std::string& device);

// What makes the coders that go with an extractor on `device`: MakeResidualCoder for a CPU, the one above for
// a GPU. Errors as of Vgg16Options::device.
absl::StatusOr<ResidualCoderFactory> CodersFor(const std::string& device);

}  // namespace mlfsc

#endif  // MLFSC_MODELS_TORCH_RESIDUAL_CODER_H_
