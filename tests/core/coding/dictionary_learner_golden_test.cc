// What is learnt against what scikit-learn learns (tests/testdata/make_learning_golden.py).
#include <cmath>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>

#include "core/coding/correlation.h"
#include "core/coding/dictionary_learner.h"
#include "core/coding/patch_coder.h"
#include "tests/testing/golden.h"

namespace mlfsc {
namespace {

using ::mlfsc::testing::GoldenFloats;
using ::mlfsc::testing::ReadGolden;

constexpr double kAlpha = 1;
constexpr int kAtoms = 5;

// Of each channel, the mean over all patches of 1/2 ||x - D^T c||^2 + alpha ||c||_1.
std::vector<double> Objectives(const LayerDictionaries& layer, const PatchOptions& patches,
                               const std::vector<PictureFeatures>& pictures) {
  std::vector<double> objectives;
  PatchBand band(patches);
  CodingScratch scratch;
  for (int c = 0; c < layer.channels; ++c) {
    const auto coder =
        MakePatchCoder(layer.dictionary(c), layer.atoms, layer.patch_cells, {Coder::kLasso, kAlpha, 0});
    double sum = 0;
    size_t count = 0;
    for (const PictureFeatures& picture : pictures) {
      const FeatureMap& map = picture.maps[0];
      const PatchGrid grid = MakePatchGrid(patches, map.height, map.width);
      band.Load(map.plane(c), map.height, map.width, 0, grid.rows);
      std::vector<float> residuals(grid.count());
      std::vector<float> codes(layer.atoms * PositionsPitch(band.positions()));
      coder->Code(band, &scratch, residuals.data(), codes.data());
      for (float residual : residuals) sum += 0.5 * residual;
      for (float code : codes) sum += kAlpha * std::abs(code);
      count += residuals.size();
    }
    objectives.push_back(sum / count);
  }
  return objectives;
}

// As many passes as scikit-learn had, a picture a mini-batch.
std::vector<double> Learn(const LayerShape& shape, const PatchOptions& patches,
                          const std::vector<PictureFeatures>& pictures, int passes) {
  LearningOptions options;
  options.atoms = kAtoms;
  DictionaryLearner learner({shape}, patches, kAlpha, options);
  for (int pass = 0; pass < passes; ++pass) {
    for (const PictureFeatures& picture : pictures) learner.Update({&picture}, nullptr);
  }
  return Objectives(learner.dictionaries()[0], patches, pictures);
}

TEST(DictionaryLearnerGoldenTest, APlantedDictionaryIsLearntAsWellAsByScikitLearn) {
  const SafetensorsFile golden = ReadGolden("learning.safetensors");
  const std::vector<float> patches = GoldenFloats(ReadGolden("coding.safetensors"), "small.patches");
  // 400 patches as four columns of 100.
  std::vector<PictureFeatures> pictures(4);
  for (size_t i = 0; i < 4; ++i) {
    const auto first = patches.begin() + i * 6400;
    pictures[i].maps.push_back({"l", 1, 800, 8, {first, first + 6400}});
  }
  const int passes = static_cast<int>(GoldenFloats(golden, "passes")[0]);
  const std::vector<double> found = Learn({"l", 1, 800, 8}, {8, 8}, pictures, passes);
  EXPECT_LE(found[0], 1.01 * GoldenFloats(golden, "small.objective")[0]);
}

TEST(DictionaryLearnerGoldenTest, FeaturesAreLearntAsWellAsByScikitLearn) {
  const SafetensorsFile golden = ReadGolden("learning.safetensors");
  const SafetensorsFile maps = ReadGolden("scoring.safetensors");
  std::vector<PictureFeatures> pictures(2);
  pictures[0].maps.push_back({"l", 16, 28, 28, GoldenFloats(maps, "good.standardised")});
  pictures[1].maps.push_back({"l", 16, 28, 28, GoldenFloats(maps, "defect.standardised")});
  const int passes = static_cast<int>(GoldenFloats(golden, "passes")[0]);
  const std::vector<double> found = Learn({"l", 16, 28, 28}, {8, 2}, pictures, passes);
  const std::vector<float> wanted = GoldenFloats(golden, "maps.objective");
  EXPECT_LE(std::accumulate(found.begin(), found.end(), 0.0),
            1.01 * std::accumulate(wanted.begin(), wanted.end(), 0.0));
}

}  // namespace
}  // namespace mlfsc
