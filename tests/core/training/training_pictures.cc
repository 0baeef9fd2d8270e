#include "tests/core/training/training_pictures.h"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace mlfsc::testing {
namespace {

constexpr int kFields = 12;
constexpr int kWaves = 4;

// [size, size]: a few waves of random direction, length and phase.
std::vector<float> SmoothField(int size, std::mt19937* random) {
  std::normal_distribution<float> frequency(0, 0.4f);
  std::uniform_real_distribution<float> phase(0, 6.28f);
  std::vector<float> field(static_cast<size_t>(size) * size);
  for (int wave = 0; wave < kWaves; ++wave) {
    const float u = frequency(*random);
    const float v = frequency(*random);
    const float start = phase(*random);
    for (int y = 0; y < size; ++y) {
      for (int x = 0; x < size; ++x) {
        field[y * size + x] += std::sin(u * static_cast<float>(x) + v * static_cast<float>(y) + start);
      }
    }
  }
  return field;
}

FeatureMap MixedField(const std::string& layer, int channels, int size, std::mt19937* random) {
  std::normal_distribution<float> noise(0, 0.7f);
  std::vector<std::vector<float>> fields;
  for (int i = 0; i < kFields; ++i) fields.push_back(SmoothField(size, random));
  FeatureMap map{layer, channels, size, size, {}};
  for (int channel = 0; channel < channels; ++channel) {
    // What a channel sees is the same in every picture.
    const std::vector<float>& one = fields[channel % kFields];
    const std::vector<float>& other = fields[channel / kFields % kFields];
    for (size_t i = 0; i < one.size(); ++i) map.values.push_back(one[i] + 0.5f * other[i] + noise(*random));
  }
  return map;
}

}  // namespace

PictureFeatures WovenPixels(int size, std::mt19937* random) {
  std::uniform_real_distribution<float> phase(0, 6.28f);
  std::normal_distribution<float> noise(0, 6);
  const float a = phase(*random);
  const float b = phase(*random);
  FeatureMap map{"pixels", 1, size, size, {}};
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x) {
      const float weave =
          std::sin(static_cast<float>(x) * 0.55f + a) * std::cos(static_cast<float>(y) * 0.5f + b);
      map.values.push_back((104 + 33 * weave + noise(*random)) / 255);
    }
  }
  PictureFeatures features;
  features.maps.push_back(std::move(map));
  return features;
}

InputPicture WovenInput(int size, std::mt19937* random) {
  std::uniform_real_distribution<float> phase(0, 6.28f);
  std::normal_distribution<float> noise(0, 4);
  std::normal_distribution<float> light(1, 0.03f);
  const float a = phase(*random);
  const float b = phase(*random);
  const float brightness = light(*random);
  InputPicture picture;
  picture.size = size;
  const size_t pixels = static_cast<size_t>(size) * size;
  picture.rgb.resize(3 * pixels);
  for (size_t i = 0; i < pixels; ++i) {
    const auto x = static_cast<float>(i % size);
    const auto y = static_cast<float>(i / size);
    const float level =
        brightness * (104 + 33 * std::sin(x * 0.55f + a) * std::cos(y * 0.5f + b)) + noise(*random);
    for (int channel = 0; channel < 3; ++channel) {
      picture.rgb[channel * pixels + i] = std::round(level - 5 * static_cast<float>(channel)) / 255;
    }
  }
  return picture;
}

InputPicture TakenAgain(const InputPicture& picture, double levels, std::mt19937* random) {
  std::normal_distribution<double> noise(0, levels);
  InputPicture again = picture;
  for (float& sample : again.rgb) sample += static_cast<float>(std::round(noise(*random)) / 255);
  return again;
}

InputPicture FlatInput(int size, int level) {
  InputPicture picture;
  picture.size = size;
  picture.rgb.assign(3 * static_cast<size_t>(size) * size, static_cast<float>(level) / 255);
  return picture;
}

PictureFeatures MixedFields(const FeatureOptions& options, std::mt19937* random) {
  PictureFeatures features;
  for (const LayerShape& layer : StandardisedShapes(options)) {
    features.maps.push_back(MixedField(layer.layer, layer.channels, layer.height + 2 * kBorderCells, random));
  }
  for (size_t i = 0; options.appearance && i < kAppearanceLayers.size(); ++i) {
    features.appearance.push_back(
        MixedField(kAppearanceLayers[i], kAppearanceChannels[i], options.input_size / 8, random));
  }
  return features;
}

CategoryOptions WovenOptions(int atoms, ScoreMethod method) {
  CategoryOptions options = DefaultOptions(FeatureSource::kPixels, 64);
  options.patches = {8, 4};
  options.learning.atoms = atoms;
  options.scoring.method = method;
  DefaultTopCounts(&options);
  return options;
}

}  // namespace mlfsc::testing
