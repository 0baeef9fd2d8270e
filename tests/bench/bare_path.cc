#include "tests/bench/bare_path.h"

#include <utility>

#include "core/base/clock.h"

namespace mlfsc {

absl::StatusOr<std::unique_ptr<BarePath>> BarePath::Make(const Vgg16Options& options,
                                                         FeatureExtractor* extractor,
                                                         std::shared_ptr<const CategoryModel> model,
                                                         int coding_threads) {
  absl::StatusOr<std::unique_ptr<BareForward>> forward = BareForward::Make(options);
  if (!forward.ok()) return forward.status();
  const FeatureOptions features_options = model->manifest().options.features;
  InputPicture picture;
  picture.size = features_options.input_size;
  const size_t values = size_t{3} * picture.size * picture.size;
  for (size_t i = 0; i < values; ++i) {
    picture.rgb.push_back(static_cast<float>((i * 2654435761U) % 256) / 255.0F);
  }
  const InputPicture* const batch[] = {&picture};
  absl::StatusOr<std::vector<PictureFeatures>> features = extractor->Extract(features_options, batch);
  if (!features.ok()) return features.status();
  return std::unique_ptr<BarePath>(
      new BarePath(*std::move(forward), std::move(model), std::move(features->front()), coding_threads));
}

BarePath::BarePath(std::unique_ptr<BareForward> forward, std::shared_ptr<const CategoryModel> model,
                   PictureFeatures features, int coding_threads)
    : forward_(std::move(forward)),
      model_(std::move(model)),
      features_(std::move(features)),
      coding_(coding_threads - 1) {}

absl::StatusOr<absl::Duration> BarePath::Time(int batch) {
  Clock* const clock = Clock::Real();
  if (const absl::Status status = forward_->Prepare(model_->manifest().options.features, batch); !status.ok())
    return status;
  if (!std::exchange(warm_[batch], true)) {
    if (const absl::Status status = forward_->Run(); !status.ok()) return status;
  }
  absl::Time start = clock->Now();
  if (const absl::Status status = forward_->Run(); !status.ok()) return status;
  absl::Duration time = clock->Now() - start;
  for (int i = 0; i < batch; ++i) {
    PictureFeatures features = features_;
    start = clock->Now();
    const absl::StatusOr<CodedPicture> coded = model_->Code(std::move(features), &coding_);
    if (!coded.ok()) return coded.status();
    model_->Score(*coded, &coding_);
    time += clock->Now() - start;
  }
  return time;
}

}  // namespace mlfsc
