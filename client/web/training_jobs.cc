#include "client/web/training_jobs.h"

#include <algorithm>
#include <deque>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/training_stop.h"
#include "core/base/retry_hint.h"

namespace mlfsc::client {
namespace {

absl::StatusOr<v1::TrainResult> Call(Client* client, Training training,
                                     const TrainProgressCallback& on_progress) {
  return client->Train(std::move(training), on_progress);
}

absl::StatusOr<v1::TrainResult> Call(Client* client, Recalibration recalibration,
                                     const TrainProgressCallback& on_progress) {
  return client->Recalibrate(std::move(recalibration), on_progress);
}

std::optional<int64_t> RecalibratedVersion(const v1::TrainRequest::Start&) { return std::nullopt; }
std::optional<int64_t> RecalibratedVersion(const v1::RecalibrateCategoryRequest::Start& start) {
  return start.version();
}

}  // namespace

// One training and the thread that its call runs on.
class TrainingJobs::Job {
 public:
  // `series`: all of it but its pictures, which come by Add.
  template <typename Request>
  Job(Client client, Clock* clock, const Options& options, int64_t id, PictureSeries<Request> series)
      : clock_(clock), options_(options) {
    state_.id = id;
    state_.category = series.start.category();
    state_.recalibrated_version = RecalibratedVersion(series.start);
    state_.pictures = series.pictures;
    state_.progress.set_phase(v1::TrainProgress::WAITING);
    heard_ = clock_->Now();
    thread_ = std::thread(
        [this, client, series = std::move(series)]() mutable { Run(&client, std::move(series)); });
  }

  ~Job() {
    Stop();
    thread_.join();
  }

  absl::Status Add(int index, std::string file) {
    MutexLock lock(&mutex_);
    if (index < state_.pictures_received) return absl::OkStatus();
    if (index > state_.pictures_received || index >= state_.pictures) {
      return absl::InvalidArgumentError(absl::StrCat("picture ", index, " is not the next one, ",
                                                     state_.pictures_received, ", of ", state_.pictures));
    }
    const absl::Time deadline = clock_->Now() + options_.max_wait;
    while (!state_.done && waiting_.size() >= options_.max_waiting) {
      // Somebody is still there, even if there is no room.
      heard_ = clock_->Now();
      if (heard_ >= deadline) {
        return WithRetryDelay(absl::ResourceExhaustedError("the server does not take pictures that fast"),
                              absl::Seconds(1));
      }
      clock_->WaitUntil(&mutex_, deadline);
    }
    if (state_.done) {
      return absl::FailedPreconditionError(
          absl::StrCat("the training is over: ", std::string(state_.status.message())));
    }
    // Two requests with the same picture may have waited side by side.
    if (index != state_.pictures_received) return absl::OkStatus();
    waiting_.push_back(std::move(file));
    ++state_.pictures_received;
    heard_ = clock_->Now();
    mutex_.SignalAll();
    return absl::OkStatus();
  }

  void Stop() {
    stop_.Stop();
    MutexLock lock(&mutex_);
    mutex_.SignalAll();
  }

  TrainingState state() const {
    MutexLock lock(&mutex_);
    return state_;
  }

 private:
  template <typename Request>
  void Run(Client* client, PictureSeries<Request> series) {
    series.picture = [this](int index) { return Take(index); };
    series.stop = &stop_;
    absl::StatusOr<v1::TrainResult> result =
        Call(client, std::move(series), [this](const v1::TrainProgress& progress) {
          MutexLock lock(&mutex_);
          state_.progress = progress;
        });
    MutexLock lock(&mutex_);
    state_.done = true;
    waiting_.clear();
    if (result.ok()) {
      state_.result = *std::move(result);
    } else {
      state_.status = stop_.stopped() ? absl::CancelledError("stopped") : result.status();
    }
    mutex_.SignalAll();
  }

  // The picture that the call sends next.
  absl::StatusOr<v1::Picture> Take(int index) {
    MutexLock lock(&mutex_);
    if (index < taken_) {
      // The call began anew, but its first pictures are gone.
      return absl::FailedPreconditionError(
          "the server went away when the training had begun; begin it again");
    }
    while (waiting_.empty()) {
      if (stop_.stopped()) return absl::CancelledError("stopped");
      const absl::Time deadline = heard_ + options_.max_silence;
      if (clock_->Now() >= deadline) {
        return absl::DeadlineExceededError(
            absl::StrCat("no picture came for ", absl::FormatDuration(options_.max_silence), "; ",
                         state_.pictures_received, " of ", state_.pictures, " were there"));
      }
      clock_->WaitUntil(&mutex_, deadline);
    }
    v1::Picture picture = ToPicture(std::move(waiting_.front()), options_.reading);
    waiting_.pop_front();
    ++taken_;
    mutex_.SignalAll();
    return picture;
  }

  Clock* const clock_;
  const Options& options_;
  TrainingStop stop_;
  mutable Mutex mutex_;
  TrainingState state_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::string> waiting_ ABSL_GUARDED_BY(mutex_);
  int taken_ ABSL_GUARDED_BY(mutex_) = 0;
  // When the page last sent something.
  absl::Time heard_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

TrainingJobs::TrainingJobs(Client client, Clock* clock, const Options& options)
    : client_(std::move(client)), clock_(clock), options_(options) {}

TrainingJobs::~TrainingJobs() = default;

absl::StatusOr<int64_t> TrainingJobs::Begin(const v1::TrainRequest::Start& start, int pictures) {
  return BeginJob<v1::TrainRequest>(start, pictures);
}

absl::StatusOr<int64_t> TrainingJobs::BeginRecalibration(const v1::RecalibrateCategoryRequest::Start& start,
                                                         int pictures) {
  return BeginJob<v1::RecalibrateCategoryRequest>(start, pictures);
}

template <typename Request>
absl::StatusOr<int64_t> TrainingJobs::BeginJob(const typename Request::Start& start, int pictures) {
  if (pictures < 2) {
    return absl::InvalidArgumentError(
        absl::StrCat(pictures, " pictures; at least 2 are needed to learn from"));
  }
  MutexLock lock(&mutex_);
  const auto running =
      std::count_if(jobs_.begin(), jobs_.end(), [](const auto& job) { return !job.second->state().done; });
  if (running >= options_.max_running) {
    return absl::ResourceExhaustedError(
        absl::StrCat(running, " trainings run from this page already; the limit is ", options_.max_running));
  }
  ForgetOld();
  const int64_t id = ++last_id_;
  PictureSeries<Request> series;
  series.start = start;
  series.pictures = pictures;
  jobs_[id] = std::make_shared<Job>(client_, clock_, options_, id, std::move(series));
  return id;
}

void TrainingJobs::ForgetOld() {
  for (auto job = jobs_.begin(); job != jobs_.end() && jobs_.size() > options_.max_finished;) {
    job = job->second->state().done ? jobs_.erase(job) : std::next(job);
  }
}

absl::StatusOr<std::shared_ptr<TrainingJobs::Job>> TrainingJobs::Find(int64_t id) const {
  MutexLock lock(&mutex_);
  const auto job = jobs_.find(id);
  if (job == jobs_.end()) return absl::NotFoundError(absl::StrCat("there is no training ", id));
  return job->second;
}

absl::Status TrainingJobs::AddPicture(int64_t id, int index, std::string file) {
  const absl::StatusOr<std::shared_ptr<Job>> job = Find(id);
  return job.ok() ? (*job)->Add(index, std::move(file)) : job.status();
}

absl::Status TrainingJobs::Stop(int64_t id) {
  const absl::StatusOr<std::shared_ptr<Job>> job = Find(id);
  if (!job.ok()) return job.status();
  (*job)->Stop();
  return absl::OkStatus();
}

void TrainingJobs::StopAll() {
  MutexLock lock(&mutex_);
  for (const auto& job : jobs_) job.second->Stop();
}

absl::StatusOr<TrainingState> TrainingJobs::Get(int64_t id) const {
  const absl::StatusOr<std::shared_ptr<Job>> job = Find(id);
  if (!job.ok()) return job.status();
  return (*job)->state();
}

std::vector<TrainingState> TrainingJobs::List() const {
  MutexLock lock(&mutex_);
  std::vector<TrainingState> states;
  for (const auto& job : jobs_) states.push_back(job.second->state());
  return states;
}

}  // namespace mlfsc::client
