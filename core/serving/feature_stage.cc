#include "core/serving/feature_stage.h"

#include <thread>
#include <utility>
#include <vector>

#include <pthread.h>

#include "absl/strings/str_cat.h"
#include "core/base/contained.h"
#include "core/base/unshared.h"
#include "core/serving/batch_queue.h"

namespace mlfsc {
namespace {

BatchingOptions QueueOptions(const FeatureStageOptions& options) {
  BatchingOptions queue;
  queue.max_batch = options.max_batch;
  queue.max_delay = options.max_batch_delay;
  queue.capacity = options.queue_length;
  queue.training_floor = options.training_floor;
  return queue;
}

}  // namespace

class FeatureStage::Impl {
 public:
  Impl(const FeatureStageOptions& options, FeatureExtractor* extractor, Clock* clock,
       std::function<void()> on_thread_start, ServingObserver* observer)
      : extractor_(extractor),
        clock_(clock),
        observer_(observer),
        queue_(
            QueueOptions(options), clock,
            [this](const Waiting& waiting, const Drop& drop) {
              if (waiting.lane == Lane::kScore) observer_->OnDrop(Stage::kFeatures, drop.reason);
              waiting.done(DropStatus(drop, StageName(Stage::kFeatures)));
            },
            [this](int depth) { observer_->OnQueueDepth(Stage::kFeatures, depth); }) {
    observer_->OnQueueCapacity(Stage::kFeatures, options.queue_length);
    thread_ = std::thread([this, on_thread_start = std::move(on_thread_start)] {
      pthread_setname_np(pthread_self(), "mlfsc-features");
      if (on_thread_start) on_thread_start();
      while (std::optional<Queue::Batch> batch = queue_.Pop()) Compute(&*batch);
    });
  }

  ~Impl() {
    queue_.Close();
    thread_.join();
  }

  absl::Status WouldRefuse(const std::string& category, const FeatureOptions& options, absl::Time deadline) {
    if (options.source == FeatureSource::kPixels) return absl::OkStatus();
    const std::optional<Drop> drop = queue_.WouldDrop({options, category, Lane::kScore, deadline, nullptr});
    if (!drop.has_value()) return absl::OkStatus();
    observer_->OnDrop(Stage::kFeatures, drop->reason);
    return DropStatus(*drop, StageName(Stage::kFeatures));
  }

  FeatureArithmetic arithmetic() const { return extractor_->arithmetic(); }

  void Submit(FeatureRequest request, Done done) {
    if (request.options.source == FeatureSource::kPixels) {
      FeatureResult result;
      const absl::Time start = clock_->Now();
      result.features = PixelFeatures(request.input);
      result.computed = clock_->Now() - start;
      result.batch_size = 1;
      done(std::move(result));
      return;
    }
    queue_.Push(
        {request.options, std::move(request.category), request.lane, request.deadline, request.cancellation},
        {std::move(request.input), std::move(done), request.lane, request.cancellation});
  }

 private:
  struct Waiting {
    InputPicture input;
    Done done;
    Lane lane;
    std::shared_ptr<const Cancellation> cancellation;
  };
  using Queue = BatchQueue<Waiting, FeatureOptions>;

  void Compute(Queue::Batch* batch) {
    observer_->OnBatch(Stage::kFeatures, static_cast<int>(batch->items.size()));
    const absl::Time start = clock_->Now();
    absl::StatusOr<std::vector<PictureFeatures>> features =
        Contained("computing features", [&]() -> absl::StatusOr<std::vector<PictureFeatures>> {
          absl::StatusOr<std::vector<PictureFeatures>> all =
              batch->lane == Lane::kTrain ? ExtractTraining(*batch) : ExtractScores(*batch);
          if (!all.ok() || all->size() == batch->items.size()) return all;
          return absl::InternalError(absl::StrCat("the backbone gave features of ", all->size(),
                                                  " pictures for a batch of ", batch->items.size()));
        });
    const absl::Duration computed = clock_->Now() - start;
    for (size_t i = 0; i < batch->items.size(); ++i) {
      Queue::Taken& taken = batch->items[i];
      if (!features.ok()) {
        taken.item.done(Unshared(features.status()));
        continue;
      }
      FeatureResult result;
      result.features = std::move((*features)[i]);
      result.queued = taken.waited;
      result.computed = computed;
      result.batch_size = static_cast<int>(batch->items.size());
      taken.item.done(std::move(result));
    }
    // Only now: when whoever takes the features holds this thread back, that is part of what the next wait.
    queue_.Finished(*batch);
  }

  absl::StatusOr<std::vector<PictureFeatures>> ExtractScores(const Queue::Batch& batch) {
    std::vector<const InputPicture*> inputs;
    for (const Queue::Taken& taken : batch.items) inputs.push_back(&taken.item.input);
    return extractor_->Extract(batch.key, inputs);
  }

  absl::StatusOr<std::vector<PictureFeatures>> ExtractTraining(const Queue::Batch& batch) {
    const Cancellation* const cancellation = batch.items.front().item.cancellation.get();
    const auto give_way = [this, cancellation] {
      CheckCancelled(cancellation);
      while (std::optional<Queue::Batch> scores = queue_.TryPopScores()) Compute(&*scores);
    };
    absl::StatusOr<PictureFeatures> features =
        extractor_->ExtractGivingWay(batch.key, batch.items.front().item.input, give_way);
    if (!features.ok()) return features.status();
    std::vector<PictureFeatures> all;
    all.push_back(*std::move(features));
    return all;
  }

  FeatureExtractor* const extractor_;
  Clock* const clock_;
  ServingObserver* const observer_;
  Queue queue_;
  std::thread thread_;
};

FeatureStage::FeatureStage(const FeatureStageOptions& options, FeatureExtractor* extractor, Clock* clock,
                           std::function<void()> on_thread_start, ServingObserver* observer)
    : impl_(std::make_unique<Impl>(options, extractor, clock, std::move(on_thread_start), observer)) {}
FeatureStage::~FeatureStage() = default;

absl::Status FeatureStage::WouldRefuse(const std::string& category, const FeatureOptions& options,
                                       absl::Time deadline) {
  return impl_->WouldRefuse(category, options, deadline);
}

void FeatureStage::Submit(FeatureRequest request, Done done) {
  impl_->Submit(std::move(request), std::move(done));
}

FeatureArithmetic FeatureStage::arithmetic() const { return impl_->arithmetic(); }

}  // namespace mlfsc
