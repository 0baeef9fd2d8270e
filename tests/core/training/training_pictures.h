// Good pictures' features, made up.
#ifndef MLFSC_TESTS_CORE_TRAINING_TRAINING_PICTURES_H_
#define MLFSC_TESTS_CORE_TRAINING_TRAINING_PICTURES_H_

#include <random>

#include "core/bundle/category_options.h"
#include "core/features/feature_map.h"
#include "core/image/input_picture.h"

namespace mlfsc::testing {

// The grey picture of a woven texture with noise, as `pixels` gives it.
PictureFeatures WovenPixels(int size, std::mt19937* random);

// A picture in colour, `size` pixels a side, of the same weave, from 8 bits a sample: other threads, light
// and noise each time.
InputPicture WovenInput(int size, std::mt19937* random);
// The same part photographed again: sensor noise of `levels` grey levels on each sample.
InputPicture TakenAgain(const InputPicture& picture, double levels, std::mt19937* random);
// Every sample at `level` of 255.
InputPicture FlatInput(int size, int level);

// Maps of the shapes that the backbone gives for `options`, border included. Each channel is a mixture of few
// smooth random fields that all channels share, and noise.
PictureFeatures MixedFields(const FeatureOptions& options, std::mt19937* random);

// `pixels` at 64 x 64 with patches of 8 x 8 every 4: 225 patches a picture.
CategoryOptions WovenOptions(int atoms, ScoreMethod method);

}  // namespace mlfsc::testing

#endif  // MLFSC_TESTS_CORE_TRAINING_TRAINING_PICTURES_H_
