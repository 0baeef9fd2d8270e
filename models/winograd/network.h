// VGG16's convolutions on plain buffers: conv1_1 directly, the nine after it by Winograd's minimal filtering
// (tiles.h).
#ifndef MLFSC_MODELS_WINOGRAD_NETWORK_H_
#define MLFSC_MODELS_WINOGRAD_NETWORK_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "core/base/thread_pool.h"
#include "core/features/feature_map.h"
#include "core/features/feature_options.h"
#include "core/image/input_picture.h"
#include "models/backbone_file.h"
#include "models/winograd/aligned_floats.h"
#include "models/winograd/kernels.h"
#include "models/winograd/plan.h"

namespace mlfsc::winograd {

// Called by one thread at a time. Memory is taken at the first picture of a kind and kept; later ones take
// none but their result's.
class Network {
 public:
  // `threads`: 1 or more, the calling one among them.
  Network(const Backbone& backbone, int threads);

  // The features as FeatureExtractor::Extract gives them. `options` has passes (is not `pixels`) and an input
  // size that is a positive multiple of 32, which is the picture's. `give_way` is called between pieces of the
  // work and may call Features. The same bits whatever the number of threads.
  PictureFeatures Features(
      const FeatureOptions& options, const InputPicture& picture, absl::FunctionRef<void()> give_way = [] {});

 private:
  struct Layer {
    AlignedFloats weights;
    AlignedFloats bias;
  };
  class Run;

  const Plan& PlanFor(const FeatureOptions& options);
  AlignedFloats TakeArena(size_t floats);

  const std::array<float, 3> mean_;
  const std::array<float, 3> deviation_;
  const int threads_;
  ThreadPool pool_;
  std::vector<Layer> layers_;
  // A deque: a plan stays where it is while nested calls add others.
  std::deque<std::pair<FeatureOptions, Plan>> plans_;
  // Of pictures that are done; more than one because of give_way.
  std::vector<AlignedFloats> arenas_;
  AlignedFloats scratch_;
};

}  // namespace mlfsc::winograd

#endif  // MLFSC_MODELS_WINOGRAD_NETWORK_H_
