#include "server/warm_up.h"

#include <utility>

namespace mlfsc {
namespace {

InputPicture GreyPicture(int size) {
  InputPicture picture;
  picture.size = size;
  picture.rgb.assign(size_t{3} * size * size, 0.5F);
  return picture;
}

absl::Status PassThrough(FeatureStage* stage, int size) {
  Mutex mutex;
  bool answered = false;
  absl::Status status;
  FeatureRequest request;
  request.options.input_size = size;
  request.options.appearance = true;
  request.input = GreyPicture(size);
  stage->Submit(std::move(request), [&](const absl::StatusOr<FeatureResult>& result) {
    MutexLock lock(&mutex);
    status = result.status();
    answered = true;
    mutex.SignalAll();
  });
  MutexLock lock(&mutex);
  mutex.Await([&answered] { return answered; });
  return status;
}

}  // namespace

WarmUp::WarmUp(std::vector<int> input_sizes, int max_batch, FeatureExtractor* extractor)
    : input_sizes_(std::move(input_sizes)), max_batch_(max_batch), extractor_(extractor) {}

void WarmUp::Run() {
  absl::Status status = AllShapes();
  MutexLock lock(&mutex_);
  status_ = std::move(status);
  ended_ = true;
  mutex_.SignalAll();
}

absl::Status WarmUp::AllShapes() {
  for (const int size : input_sizes_) {
    const InputPicture picture = GreyPicture(size);
    for (const FeatureSource source : {FeatureSource::kPyramid, FeatureSource::kSinglePass}) {
      FeatureOptions options;
      options.source = source;
      options.input_size = size;
      // What is without it takes no more.
      options.appearance = true;
      const int largest = extractor_->MostAtOnce(max_batch_);
      for (int batch = 1; batch <= largest; ++batch) {
        const std::vector<const InputPicture*> pictures(static_cast<size_t>(batch), &picture);
        if (const auto features = extractor_->Extract(options, pictures); !features.ok())
          return features.status();
      }
    }
  }
  return absl::OkStatus();
}

absl::Status WarmUp::Finish(FeatureStage* stage) {
  {
    MutexLock lock(&mutex_);
    mutex_.Await([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return ended_; });
    if (!status_.ok()) return status_;
  }
  for (const int size : input_sizes_) {
    if (const absl::Status status = PassThrough(stage, size); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace mlfsc
