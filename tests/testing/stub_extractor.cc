#include "tests/testing/stub_extractor.h"

namespace mlfsc::testing {

// Each channel samples the picture's values at steps of its own, so that no two channels are alike.
PictureFeatures StubFeatures(const FeatureOptions& options, const InputPicture& picture) {
  PictureFeatures features;
  for (const LayerShape& shape : StandardisedShapes(options)) {
    FeatureMap map;
    map.layer = shape.layer;
    map.channels = shape.channels;
    map.height = shape.height + 2 * kBorderCells;
    map.width = shape.width + 2 * kBorderCells;
    map.values.resize(map.channels * map.plane_size());
    for (int channel = 0; channel < map.channels; ++channel) {
      const size_t step = 2 * static_cast<size_t>(channel) + 1;
      for (size_t i = 0; i < map.plane_size(); ++i) {
        map.plane(channel)[i] = picture.rgb[(i * step + channel) % picture.rgb.size()];
      }
    }
    features.maps.push_back(std::move(map));
  }
  if (!options.appearance) return features;
  const int side = options.input_size / 8;
  for (size_t layer = 0; layer < kAppearanceLayers.size(); ++layer) {
    FeatureMap map{kAppearanceLayers[layer], kAppearanceChannels[layer], side, side, {}};
    const size_t count = map.channels * map.plane_size();
    for (size_t i = 0; i < count; ++i) {
      map.values.push_back(picture.rgb[(i * (2 * layer + 7)) % picture.rgb.size()]);
    }
    features.appearance.push_back(std::move(map));
  }
  return features;
}

absl::StatusOr<std::vector<PictureFeatures>> StubExtractor::Extract(
    const FeatureOptions& options, absl::Span<const InputPicture* const> batch) {
  on_pass(batch);
  {
    MutexLock lock(&mutex_);
    passes_.push_back(static_cast<int>(batch.size()));
  }
  if (!failure.ok()) return failure;
  std::vector<PictureFeatures> features;
  for (const InputPicture* picture : batch) features.push_back(StubFeatures(options, *picture));
  return features;
}

absl::StatusOr<PictureFeatures> StubExtractor::ExtractGivingWay(const FeatureOptions& options,
                                                                const InputPicture& picture,
                                                                absl::FunctionRef<void()> give_way) {
  before_giving_way();
  return FeatureExtractor::ExtractGivingWay(options, picture, give_way);
}

std::vector<int> StubExtractor::passes() const {
  MutexLock lock(&mutex_);
  return passes_;
}

}  // namespace mlfsc::testing
