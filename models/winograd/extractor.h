// VGG16 by Winograd's algorithm as a FeatureExtractor. Needs no LibTorch.
#ifndef MLFSC_MODELS_WINOGRAD_EXTRACTOR_H_
#define MLFSC_MODELS_WINOGRAD_EXTRACTOR_H_

#include <memory>

#include "core/features/feature_extractor.h"
#include "models/backbone_file.h"

namespace mlfsc {

// On `threads` threads of the CPU, 1 or more, the calling one among them; in float32. Pictures of a batch run
// one by one, each with all threads, so that a picture's features are the same bits alone and in any batch,
// with one thread and with many. ExtractGivingWay gives way several times a convolution. Extract refuses
// input sizes that are no multiple of 32: InvalidArgument.
std::unique_ptr<FeatureExtractor> MakeWinogradVgg16(const Backbone& backbone, int threads);

}  // namespace mlfsc

#endif  // MLFSC_MODELS_WINOGRAD_EXTRACTOR_H_
