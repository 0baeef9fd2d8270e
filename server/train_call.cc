#include "server/train_call.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "server/convert/picture.h"
#include "server/convert/training.h"

namespace mlfsc {

TrainCall* TrainCall::Begin(Options options, Backend* backend, Metrics* metrics, Clock* clock,
                            std::unique_ptr<Call> call) {
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

TrainCall::TrainCall(Options options, Backend* backend, Metrics* metrics, Clock* clock,
                     std::unique_ptr<Call> call)
    : options_(std::move(options)),
      backend_(backend),
      metrics_(metrics),
      clock_(clock),
      call_(std::move(call)) {}

void TrainCall::OnReadDone(bool ok) {
  int64_t messages;
  {
    MutexLock lock(&mutex_);
    idle_.reset();
    messages = messages_;
    if (ok) ++messages_;
  }
  if (!ok) return FinishTraining();
  const absl::Status status = messages == 0 ? StartTraining(request_) : AddPicture(messages - 1, request_);
  if (!status.ok()) Fail(status);
}

absl::Status TrainCall::StartTraining(const v1::TrainRequest& request) {
  if (!request.has_start()) {
    return absl::InvalidArgumentError("the first message of a Train must be its start");
  }
  const absl::StatusOr<TrainingRequest> training = ToTrainingRequest(request.start(), options_.input_sizes);
  if (!training.ok()) return training.status();
  {
    MutexLock lock(&mutex_);
    call_->Note({"category", training->category});
  }
  TrainingDesk::Events events;
  events.progress = [self = shared_from_this()](const TrainingProgress& progress) {
    self->OnProgress(progress);
  };
  events.done = [self = shared_from_this(), category = training->category, activate = training->activate,
                 start = clock_->Now()](absl::StatusOr<TrainedVersion> trained) {
    self->metrics_->OnTrainingEnded(trained.status().code(), self->clock_->Now() - start,
                                    trained.ok() ? trained->manifest.provenance.pictures : 0);
    if (trained.ok() && activate) self->options_.activated(category, trained->version);
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

absl::Status TrainCall::AddPicture(int64_t index, const v1::TrainRequest& request) {
  if (!request.has_picture()) {
    return absl::InvalidArgumentError(
        absl::StrFormat("message %d of the Train has no picture; only the first is without", index + 2));
  }
  const absl::StatusOr<PictureBytes> picture = ToPictureBytes(request.picture());
  if (!picture.ok()) {
    return absl::Status(picture.status().code(),
                        absl::StrCat("picture ", index, ": ", picture.status().message()));
  }
  run()->AddPicture(*picture, [self = shared_from_this()] { self->ReadNext(); });
  return absl::OkStatus();
}

void TrainCall::FinishTraining() {
  const std::shared_ptr<TrainingRun> training = run();
  {
    MutexLock lock(&mutex_);
    // A broken stream ends like a complete one; OnCancel sees to it.
    if (outcome_.has_value() || call_->cancelled()) return;
  }
  if (training == nullptr)
    return Fail(absl::InvalidArgumentError("the Train ended before its first message"));
  training->Finish();
}

void TrainCall::ReadNext() {
  MutexLock lock(&mutex_);
  if (outcome_.has_value()) return;
  StartRead(&request_);
  idle_ = std::make_unique<grpc::Alarm>();
  idle_->Set(absl::ToChronoTime(absl::Now() + options_.idle_timeout),
             [self = shared_from_this(), messages = messages_](bool expired) {
               if (expired) self->OnIdle(messages);
             });
}

void TrainCall::OnIdle(int64_t messages) {
  {
    MutexLock lock(&mutex_);
    if (idle_ == nullptr || messages != messages_) return;
  }
  Fail(absl::DeadlineExceededError(absl::StrCat("no message came for ",
                                                absl::FormatDuration(options_.idle_timeout),
                                                ", the limit for the client of a Train")));
}

void TrainCall::OnProgress(const TrainingProgress& progress) {
  MutexLock lock(&mutex_);
  if (outcome_.has_value()) return;
  newest_progress_ = ToProto(progress, time_left_.Estimate(progress, clock_->Now()));
  Write();
}

void TrainCall::OnWriteDone(bool ok) {
  MutexLock lock(&mutex_);
  writing_ = false;
  if (!ok) newest_progress_.reset();
  Write();
}

void TrainCall::OnCancel() { Fail(absl::CancelledError("the client went away before the training ended")); }

void TrainCall::OnDone() {
  std::shared_ptr<TrainCall> self;
  std::shared_ptr<TrainingRun> run;
  std::unique_ptr<Call> call;
  MutexLock lock(&mutex_);
  self = std::move(self_);
  run = std::move(run_);
  call = std::move(call_);
  idle_.reset();
}

void TrainCall::End(Outcome outcome) {
  MutexLock lock(&mutex_);
  if (outcome_.has_value()) return;
  outcome_ = std::move(outcome);
  Write();
}

void TrainCall::Fail(const absl::Status& status) {
  std::shared_ptr<TrainingRun> training;
  {
    MutexLock lock(&mutex_);
    cancelled_ = true;
    training = run_;
  }
  End(status);
  if (training != nullptr) training->Cancel();
}

void TrainCall::Write() {
  if (writing_ || finished_) return;
  if (!outcome_.has_value()) {
    if (!newest_progress_.has_value()) return;
    response_ = *std::move(newest_progress_);
    newest_progress_.reset();
    writing_ = true;
    StartWrite(&response_);
    return;
  }
  finished_ = true;
  // A client that does not take the result is not waited for.
  idle_ = std::make_unique<grpc::Alarm>();
  idle_->Set(absl::ToChronoTime(absl::Now() + options_.idle_timeout),
             [self = shared_from_this()](bool expired) {
               if (!expired) return;
               MutexLock lock(&self->mutex_);
               if (self->call_ != nullptr) self->call_->Cancel();
             });
  if (outcome_->ok()) {
    call_->Note({"version", (*outcome_)->version});
    response_ = ToProto(**outcome_, backend_->backbone_sha256());
    StartWriteAndFinish(&response_, grpc::WriteOptions(), call_->End(absl::OkStatus()));
  } else {
    Finish(call_->End(outcome_->status()));
  }
}

std::shared_ptr<TrainingRun> TrainCall::run() {
  MutexLock lock(&mutex_);
  return run_;
}

}  // namespace mlfsc
