#include "tests/testing/bundles.h"

#include <cmath>
#include <numeric>
#include <random>
#include <string>
#include <vector>

namespace mlfsc::testing {
namespace {

Calibration RandomCalibration(std::mt19937& random) {
  Calibration calibration;
  calibration.pictures = 12;
  calibration.log_mean = std::uniform_real_distribution<double>(0, 5)(random);
  calibration.log_deviation = 0.2;
  calibration.degrees_of_freedom = 9.027;
  calibration.false_alarm_rate = 0.01;
  calibration.threshold = std::exp(calibration.log_mean + 0.55);
  calibration.review_low = std::exp(calibration.log_mean + 0.35);
  calibration.review_high = std::exp(calibration.log_mean + 0.8);
  return calibration;
}

LayerDictionaries RandomDictionaries(const LayerShape& shape, const CategoryOptions& options,
                                     std::mt19937& random) {
  LayerDictionaries layer{
      shape.layer, shape.channels, options.learning.atoms, options.patches.size * options.patches.size, {}};
  std::normal_distribution<float> normal;
  for (int atom = 0; atom < layer.channels * layer.atoms; ++atom) {
    std::vector<float> values(layer.patch_cells);
    double norm = 0;
    for (float& value : values) {
      value = normal(random);
      norm += double{value} * value;
    }
    for (const float value : values) layer.values.push_back(static_cast<float>(value / std::sqrt(norm)));
  }
  return layer;
}

WhiteningStatistics RandomWhitening(const std::vector<int>& layer_channels, std::mt19937& random) {
  WhiteningStatistics whitening;
  whitening.layer_channels = layer_channels;
  const size_t channels = std::accumulate(layer_channels.begin(), layer_channels.end(), 0);
  std::uniform_real_distribution<float> positive(0.5f, 2);
  for (size_t i = 0; i < channels; ++i) {
    whitening.mean.push_back(positive(random));
    whitening.deviation.push_back(positive(random));
  }
  // 0.9 I + 0.1 ones: positive definite for any number of channels.
  whitening.correlation.assign(channels * channels, 0.1f);
  for (size_t i = 0; i < channels; ++i) whitening.correlation[i * channels + i] = 1;
  return whitening;
}

AppearanceStatistics RandomAppearance(const FeatureOptions& options, std::mt19937& random) {
  const AppearanceVectors shape = AppearanceShape(options);
  AppearanceStatistics appearance;
  appearance.detail = RandomWhitening(shape.cells.layer_channels, random);
  MemoryBank& memory = appearance.memory;
  memory = {static_cast<int>(shape.windows.values.size()) / shape.windows.grid.count(), 3, 5, {}, {}};
  std::normal_distribution<float> normal;
  for (int i = 0; i < memory.dimensions * memory.channels; ++i) memory.projection.push_back(normal(random));
  for (int i = 0; i < memory.vectors * memory.dimensions; ++i) memory.values.push_back(normal(random));
  appearance.scales = {{1.5F, 0.25F}, {2.5F, 0.5F}, {-0.5F, 0.75F}};
  return appearance;
}

}  // namespace

CategoryOptions SmallOptions() {
  CategoryOptions options = DefaultOptions(FeatureSource::kPixels, 32);
  options.patches.size = 8;
  options.learning.atoms = 3;
  DefaultTopCounts(&options);
  return options;
}

Bundle RandomBundle(const CategoryOptions& options, unsigned seed) {
  std::mt19937 random(seed);
  Bundle bundle;
  bundle.manifest.options = options;
  bundle.manifest.calibration = RandomCalibration(random);
  bundle.manifest.map_calibration = RandomCalibration(random);
  Provenance& provenance = bundle.manifest.provenance;
  provenance.pictures = 12;
  provenance.create_time = absl::FromUnixSeconds(1'700'000'000) + absl::Nanoseconds(123'456'789);
  provenance.program_version = "0.1.0";
  provenance.instruction_set = "AVX2";
  if (options.features.source != FeatureSource::kPixels) {
    provenance.backbone_sha256 = std::string(64, 'a');
    provenance.precision = "float32";
    provenance.convolution = "winograd";
  }
  const std::vector<LayerShape> shapes = StandardisedShapes(options.features);
  for (const LayerShape& shape : shapes) {
    bundle.dictionaries.push_back(RandomDictionaries(shape, options, random));
  }
  if (options.scoring.method != ScoreMethod::kSum) {
    std::vector<int> channels;
    for (const LayerShape& shape : shapes) channels.push_back(shape.channels);
    bundle.whitening = RandomWhitening(channels, random);
  }
  if (options.scoring.method == ScoreMethod::kFused) {
    bundle.appearance = RandomAppearance(options.features, random);
  }
  return bundle;
}

}  // namespace mlfsc::testing
