#include "server/train_call.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/contained.h"
#include "server/alarm_time.h"
#include "server/convert/picture.h"
#include "server/convert/training.h"

namespace mlfsc {

template <typename Request>
TrainCall<Request>* TrainCall<Request>::Begin(Options options, Backend* backend, Metrics* metrics,
                                              Clock* clock, std::unique_ptr<Call> call) {
  const absl::Status admitted = call->admitted();
  const std::shared_ptr<TrainCall> train(
      new TrainCall(std::move(options), backend, metrics, clock, std::move(call)));
  {
    MutexLock lock(&train->mutex_);
    train->self_ = train;
  }
  if (admitted.ok()) {
    train->ReadNext();
  } else {
    train->End(admitted);
  }
  return train.get();
}

template <typename Request>
TrainCall<Request>::TrainCall(Options options, Backend* backend, Metrics* metrics, Clock* clock,
                              std::unique_ptr<Call> call)
    : options_(std::move(options)),
      backend_(backend),
      metrics_(metrics),
      clock_(clock),
      call_(std::move(call)),
      phase_times_(clock->Now()) {}

template <typename Request>
void TrainCall<Request>::OnReadDone(bool ok) {
  int64_t messages;
  {
    MutexLock lock(&mutex_);
    idle_.reset();
    waited_ += clock_->Now() - waits_since_;
    messages = messages_;
    if (ok) ++messages_;
  }
  const absl::Status status = Contained("taking a message", [&] {
    if (ok) return messages == 0 ? StartTraining(request_) : AddPicture(messages - 1, request_);
    FinishTraining();
    return absl::OkStatus();
  });
  if (!status.ok()) Fail(status);
}

template <typename Request>
absl::Status TrainCall<Request>::StartTraining(const Request& request) {
  if (!request.has_start()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the first message of a ", options_.name, " must be its start"));
  }
  const absl::StatusOr<TrainingRequest> training = ToTrainingRequest(request.start(), options_.input_sizes);
  if (!training.ok()) return training.status();
  {
    MutexLock lock(&mutex_);
    call_->NoteCategory(training->category);
  }
  TrainingDesk::Events events;
  events.progress = [self = this->shared_from_this()](const TrainingProgress& progress) {
    self->OnProgress(progress);
  };
  events.done = [self = this->shared_from_this(),
                 start = clock_->Now()](absl::StatusOr<TrainedVersion> trained) {
    self->metrics_->OnTrainingEnded(trained.status().code(), self->clock_->Now() - start,
                                    trained.ok() ? trained->manifest.provenance.pictures : 0);
    self->End(std::move(trained));
  };
  absl::StatusOr<std::shared_ptr<TrainingRun>> run = backend_->StartTraining(*training, std::move(events));
  if (!run.ok()) return run.status();
  metrics_->OnTrainingStarted();
  bool cancelled;
  {
    MutexLock lock(&mutex_);
    run_ = *run;
    cancelled = cancelled_;
  }
  if (cancelled) (*run)->Cancel();
  ReadNext();
  return absl::OkStatus();
}

template <typename Request>
absl::Status TrainCall<Request>::AddPicture(int64_t index, const Request& request) {
  if (!request.has_picture()) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "message %d of the %s has no picture; only the first is without", index + 2, options_.name));
  }
  const absl::StatusOr<PictureBytes> picture = ToPictureBytes(request.picture());
  if (!picture.ok()) {
    return absl::Status(picture.status().code(),
                        absl::StrCat("picture ", index, ": ", picture.status().message()));
  }
  run()->AddPicture(*picture, [self = this->shared_from_this()] { self->ReadNext(); });
  return absl::OkStatus();
}

template <typename Request>
void TrainCall<Request>::FinishTraining() {
  const std::shared_ptr<TrainingRun> training = run();
  {
    MutexLock lock(&mutex_);
    // A broken stream ends like a complete one; OnCancel sees to it.
    if (outcome_.has_value() || call_->cancelled()) return;
  }
  if (training == nullptr) {
    return Fail(
        absl::InvalidArgumentError(absl::StrCat("the ", options_.name, " ended before its first message")));
  }
  training->Finish();
}

template <typename Request>
void TrainCall<Request>::ReadNext() {
  const absl::Status status = ContainedVoid("waiting for a message", [this] {
    MutexLock lock(&mutex_);
    if (outcome_.has_value()) return;
    waits_since_ = clock_->Now();
    const absl::Duration limit =
        std::min(options_.idle_timeout, std::max(options_.wait_limit - waited_, absl::ZeroDuration()));
    idle_ = std::make_unique<grpc::Alarm>();
    idle_->Set(AfterTime(limit), [self = this->shared_from_this(), messages = messages_, limit](bool expired) {
      if (expired) self->OnIdle(messages, limit);
    });
    this->StartRead(&request_);
  });
  if (!status.ok()) Fail(status);
}

template <typename Request>
void TrainCall<Request>::OnIdle(int64_t messages, absl::Duration limit) {
  {
    MutexLock lock(&mutex_);
    if (idle_ == nullptr || messages != messages_) return;
  }
  if (limit < options_.idle_timeout) {
    return Fail(absl::DeadlineExceededError(absl::StrFormat(
        "the %s waited %s for its client, all messages together; that is the limit (--train_wait_limit)",
        options_.name, absl::FormatDuration(options_.wait_limit))));
  }
  Fail(absl::DeadlineExceededError(absl::StrCat("no message came for ",
                                                absl::FormatDuration(options_.idle_timeout),
                                                ", the limit for the client of a ", options_.name)));
}

template <typename Request>
void TrainCall<Request>::OnProgress(const TrainingProgress& progress) {
  MutexLock lock(&mutex_);
  if (outcome_.has_value()) return;
  const absl::Time now = clock_->Now();
  phase_times_.Hear(progress.phase, now);
  newest_progress_ = ToProto(progress, time_left_.Estimate(progress, now));
  Write();
}

template <typename Request>
void TrainCall<Request>::OnWriteDone(bool ok) {
  MutexLock lock(&mutex_);
  writing_ = false;
  if (!ok) newest_progress_.reset();
  Write();
}

template <typename Request>
void TrainCall<Request>::OnCancel() {
  Fail(absl::CancelledError("the client went away before the training ended"));
}

template <typename Request>
void TrainCall<Request>::OnDone() {
  std::shared_ptr<TrainCall> self;
  std::shared_ptr<TrainingRun> run;
  std::unique_ptr<Call> call;
  MutexLock lock(&mutex_);
  self = std::move(self_);
  run = std::move(run_);
  call = std::move(call_);
  idle_.reset();
}

template <typename Request>
void TrainCall<Request>::End(Outcome outcome) {
  MutexLock lock(&mutex_);
  if (outcome_.has_value()) return;
  outcome_ = std::move(outcome);
  Write();
}

template <typename Request>
void TrainCall<Request>::Fail(const absl::Status& status) {
  std::shared_ptr<TrainingRun> training;
  {
    MutexLock lock(&mutex_);
    cancelled_ = true;
    training = run_;
  }
  End(status);
  if (training != nullptr) training->Cancel();
}

template <typename Request>
void TrainCall<Request>::Write() {
  if (writing_ || finished_) return;
  if (!outcome_.has_value()) {
    if (!newest_progress_.has_value()) return;
    response_ = *std::move(newest_progress_);
    newest_progress_.reset();
    writing_ = true;
    this->StartWrite(&response_);
    return;
  }
  finished_ = true;
  ContainedVoid("setting an alarm", [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    WaitForTaking();
  }).IgnoreError();
  ContainedVoid("noting a training", [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    NoteOutcome();
  }).IgnoreError();
  absl::Status status = outcome_->status();
  if (status.ok()) {
    status =
        ContainedVoid("telling the result of the training", [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
          response_ = ToProto(**outcome_, backend_->backbone_sha256());
        });
  }
  if (status.ok()) {
    this->StartWriteAndFinish(&response_, grpc::WriteOptions(), call_->End(status));
  } else {
    this->Finish(call_->End(status));
  }
}

template <typename Request>
void TrainCall<Request>::WaitForTaking() {
  idle_ = std::make_unique<grpc::Alarm>();
  idle_->Set(AfterTime(options_.idle_timeout), [self = this->shared_from_this()](bool expired) {
    if (!expired) return;
    MutexLock lock(&self->mutex_);
    if (self->call_ != nullptr) self->call_->Cancel();
  });
}

template <typename Request>
void TrainCall<Request>::NoteOutcome() {
  if (outcome_->ok()) call_->Note({"version", (*outcome_)->version});
  for (LogField& field : phase_times_.Fields(clock_->Now())) call_->Note(std::move(field));
}

template <typename Request>
std::shared_ptr<TrainingRun> TrainCall<Request>::run() {
  MutexLock lock(&mutex_);
  return run_;
}

template class TrainCall<v1::TrainRequest>;
template class TrainCall<v1::RecalibrateCategoryRequest>;

}  // namespace mlfsc
