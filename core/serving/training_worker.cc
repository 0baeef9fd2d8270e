#include "core/serving/training_worker.h"

#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/contained.h"
#include "core/base/memory_budget.h"
#include "core/base/unshared.h"
#include "core/coding/instruction_set.h"
#include "core/image/bit_depth.h"
#include "core/image/input_picture.h"
#include "core/serving/picture_memory.h"
#include "core/training/recalibrator.h"

namespace mlfsc {
namespace {

// One in the feature stage, one waiting there, one being decoded.
constexpr int kPicturesInFlight = 3;

absl::Status AboutPicture(int64_t index, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat("picture ", index, ": ", status.message()));
}

absl::Status ClientCancelled() { return absl::CancelledError("the training was cancelled"); }

// Skipped pictures that are named; the others are counted.
constexpr size_t kMostNamed = 100;

}  // namespace

// A copy of a picture's bytes.
struct TrainingWorker::Picture {
  explicit Picture(const PictureBytes& picture) : original(picture) {
    const auto* raw = std::get_if<RawPixels>(&picture);
    bytes = std::string(raw != nullptr ? raw->data : std::get<EncodedPicture>(picture).bytes);
  }

  PictureBytes picture() const {
    PictureBytes copy = original;
    if (auto* raw = std::get_if<RawPixels>(&copy)) {
      raw->data = bytes;
    } else {
      std::get<EncodedPicture>(copy).bytes = bytes;
    }
    return copy;
  }

  // Its view is stale.
  PictureBytes original;
  std::string bytes;
};

TrainingWorker::TrainingWorker(TrainingPlace place, TrainingRequest request, TrainingDesk::Events events,
                               std::function<void()> ended)
    : place_(std::move(place)),
      request_(std::move(request)),
      options_(request_.options),
      events_(std::move(events)),
      on_end_(std::move(ended)) {}

void TrainingWorker::Start() {
  Schedule([this] { Begin(); });
}

void TrainingWorker::AddPicture(const PictureBytes& bytes, std::function<void()> next) {
  auto picture = std::make_shared<const Picture>(bytes);
  int64_t index;
  {
    MutexLock lock(&mutex_);
    if (ended_ || complete_) return;
    index = pictures_++;
    if (++in_flight_ >= kPicturesInFlight) next_ = std::exchange(next, nullptr);
  }
  Schedule([this, index, picture = std::move(picture)] { Compute(index, *picture); });
  if (next) next();
}

void TrainingWorker::Finish() {
  {
    MutexLock lock(&mutex_);
    complete_ = true;
  }
  Schedule([this] { LearnWhenComplete(); });
}

void TrainingWorker::Cancel() {
  cancellation_->Cancel();
  Schedule([this] { End(ClientCancelled()); });
}

void TrainingWorker::Abandon() {
  {
    MutexLock lock(&mutex_);
    if (complete_) return;
  }
  Cancel();
}

void TrainingWorker::AwaitEnd() {
  MutexLock lock(&mutex_);
  mutex_.Await([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return ended_ && at_stage_ == 0; });
}

void TrainingWorker::Schedule(std::function<void()> task) {
  MutexLock lock(&mutex_);
  ScheduleLocked(std::move(task));
}

void TrainingWorker::ScheduleLocked(std::function<void()> task) {
  if (ended_) return;
  // A task that never came would leave the training standing for ever.
  Insist([&] {
    place_.thread->Schedule([self = shared_from_this(), task] {
      if (self->ended()) return;
      const absl::Status status = ContainedVoid("training", task);
      if (!status.ok()) self->End(status);
    });
  });
}

bool TrainingWorker::ended() const {
  MutexLock lock(&mutex_);
  return ended_;
}

void TrainingWorker::Begin() {
  known_at_start_ = place_.catalog->Knows(request_.category);
  absl::StatusOr<std::unique_ptr<Learner>> learner = MakeLearner();
  if (!learner.ok()) return End(learner.status());
  learner_ = *std::move(learner);
  Report({TrainingPhase::kWaiting, 0, request_.expected_pictures, 0});
}

absl::StatusOr<std::unique_ptr<Learner>> TrainingWorker::MakeLearner() {
  TrainerOptions trainer = place_.trainer;
  trainer.outliers = request_.outliers;
  trainer.expected_pictures = request_.expected_pictures;
  if (!request_.recalibrated_version.has_value()) return Trainer::Create(options_, trainer);
  absl::StatusOr<Bundle> bundle =
      place_.catalog->LoadBundle(request_.category, *request_.recalibrated_version);
  if (!bundle.ok()) return bundle.status();
  options_ = bundle->manifest.options;
  return Recalibrator::Create(*std::move(bundle), trainer.max_pictures, workers(), trainer.outliers);
}

absl::StatusOr<Image> TrainingWorker::Decoded(const PictureBytes& picture, MemoryCharge* memory) const {
  const absl::Status held = memory->ResizeWhenThereIsRoom(
      DecodingMemory(picture, place_.picture_limits), "decoding the picture", absl::InfiniteFuture(),
      [this] { return !cancellation_->cancelled(); });
  if (!held.ok()) {
    const absl::Status sides = CheckSidesInHeader(picture, place_.picture_limits);
    return sides.ok() ? held : sides;
  }
  return Decode(picture, place_.picture_limits, place_.decoder);
}

void TrainingWorker::Compute(int64_t index, const Picture& picture) {
  if (cancellation_->cancelled()) return End(ClientCancelled());
  MemoryCharge memory(place_.memory, "");
  const absl::StatusOr<Image> image = Decoded(picture.picture(), &memory);
  if (!image.ok()) {
    // A picture that the server had no memory or no decoder for is not a bad one.
    if (!request_.skip_bad_pictures || !absl::IsInvalidArgument(image.status())) {
      return End(AboutPicture(index, image.status()));
    }
    ++pictures_skipped_;
    if (skipped_.size() < kMostNamed) skipped_.push_back({index, std::string(image.status().message())});
    return PictureIsThrough();
  }
  Note(index, PictureNotice(*image));
  FeatureRequest features;
  features.category = request_.category;
  features.options = WantedFeatures(options_);
  features.input = MakeInputPicture(*image, features.options.input_size, options_.resize);
  const PictureSignature signature = SignatureOf(features.input);
  features.lane = Lane::kTrain;
  features.cancellation = cancellation_;
  {
    MutexLock lock(&mutex_);
    ++at_stage_;
  }
  try {
    place_.features->Submit(std::move(features), [self = shared_from_this(), index,
                                                  signature](absl::StatusOr<FeatureResult> result) {
      // std::function wants what it holds to be copyable.
      const auto shared =
          Insist([&] { return std::make_shared<absl::StatusOr<FeatureResult>>(std::move(result)); });
      MutexLock lock(&self->mutex_);
      Insist([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(self->mutex_) {
        self->ScheduleLocked([worker = self.get(), index, signature, shared] {
          worker->TakeFeatures(index, signature, std::move(*shared));
        });
      });
      --self->at_stage_;
      self->mutex_.SignalAll();
    });
  } catch (const std::bad_alloc&) {
    MutexLock lock(&mutex_);
    --at_stage_;
    mutex_.SignalAll();
    throw;
  }
}

void TrainingWorker::Note(int64_t index, const std::string& notice) {
  if (notice.empty()) return;
  for (TrainingNotice& known : notices_) {
    if (known.text != notice) continue;
    ++known.pictures;
    return;
  }
  notices_.push_back({notice, index, 1});
}

void TrainingWorker::TakeFeatures(int64_t index, const PictureSignature& signature,
                                  absl::StatusOr<FeatureResult> result) {
  if (!result.ok()) return End(AboutPicture(index, result.status()));
  // Learning and calibration run here, wherever the features were made.
  absl::StatusOr<PictureFeatures> features = InHostMemory(std::move(result->features));
  if (!features.ok()) return End(AboutPicture(index, features.status()));
  const absl::Status added = learner_->AddPicture(*std::move(features), &signature);
  if (!added.ok()) return End(AboutPicture(index, added));
  sent_as_.push_back(index);
  Report({TrainingPhase::kFeatures, learner_->pictures(), request_.expected_pictures, 0});
  PictureIsThrough();
}

void TrainingWorker::PictureIsThrough() {
  std::function<void()> next;
  {
    MutexLock lock(&mutex_);
    --in_flight_;
    next = std::exchange(next_, nullptr);
  }
  if (next) next();
  LearnWhenComplete();
}

void TrainingWorker::LearnWhenComplete() {
  {
    MutexLock lock(&mutex_);
    if (!complete_ || in_flight_ > 0) return;
  }
  End(Learn());
}

absl::StatusOr<TrainedVersion> TrainingWorker::Learn() {
  absl::StatusOr<Bundle> bundle = learner_->Finish(
      workers(), [this](const TrainingProgress& progress) { return Report(progress); });
  if (!bundle.ok()) return bundle.status();
  Provenance& provenance = bundle->manifest.provenance;
  provenance.create_time = place_.clock->WallNow();
  if (!request_.recalibrated_version.has_value()) {
    if (options_.features.source != FeatureSource::kPixels) {
      provenance.backbone_sha256 = place_.catalog->backbone_sha256();
      const FeatureArithmetic arithmetic = place_.features->arithmetic();
      provenance.precision = arithmetic.precision;
      provenance.convolution = arithmetic.convolution;
    }
    provenance.instruction_set = InstructionSet();
    provenance.program_version = place_.program_version;
  }
  // The last moment to cancel.
  if (!Report({TrainingPhase::kPublishing, 0, 1, 0})) return ClientCancelled();
  if (known_at_start_ && !place_.catalog->Knows(request_.category)) {
    return absl::NotFoundError(absl::StrCat("category ", request_.category,
                                            " was deleted while this training ran: nothing is published; train it again to have it back"));
  }
  const absl::StatusOr<int64_t> version =
      place_.catalog->Publish(request_.category, *bundle, request_.activate);
  if (!version.ok()) return version.status();
  TrainingFindings findings = learner_->findings();
  for (Outlier& outlier : findings.outliers) outlier.picture = sent_as_[outlier.picture];
  return TrainedVersion{*version, std::move(bundle->manifest), pictures_skipped_, std::move(findings), std::move(notices_),
                        std::move(skipped_)};
}

bool TrainingWorker::Report(const TrainingProgress& progress) {
  if (cancellation_->cancelled()) return false;
  events_.progress(progress);
  return !cancellation_->cancelled();
}

void TrainingWorker::End(absl::StatusOr<TrainedVersion> outcome) {
  std::function<void()> next;
  {
    MutexLock lock(&mutex_);
    // What comes after the end, also of a task that ended the run and failed then, changes nothing.
    if (ended_) return;
    ended_ = true;
    next = std::exchange(next_, nullptr);
    mutex_.SignalAll();
  }
  learner_.reset();
  // What the client's side holds is let go of, too: it may hold this run.
  const TrainingDesk::Events events = std::exchange(events_, {});
  std::exchange(on_end_, nullptr)();
  if (outcome.ok()) return events.done(std::move(outcome));
  events.done(Unshared(outcome.status()));
}

}  // namespace mlfsc
