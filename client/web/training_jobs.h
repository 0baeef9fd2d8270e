// Trainings and recalibrations that the page began: pictures arrive one request at a time and ride on in one
// call.
#ifndef MLFSC_CLIENT_WEB_TRAINING_JOBS_H_
#define MLFSC_CLIENT_WEB_TRAINING_JOBS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/client.h"
#include "client/pictures/picture_file.h"
#include "core/base/clock.h"
#include "core/base/mutex.h"

namespace mlfsc::client {

// Where a training is.
struct TrainingState {
  int64_t id = 0;
  std::string category;
  // Set: the version whose limits are set anew; nothing is learnt.
  std::optional<int64_t> recalibrated_version;
  int pictures = 0;
  // Received from the page; the next one that it is to send has this number.
  int pictures_received = 0;
  // The server's last word.
  v1::TrainProgress progress;
  bool done = false;
  // Once done: why it failed; OK when there is a result.
  absl::Status status;
  v1::TrainResult result;
};

// Thread-safe. The destructor ends what still runs.
class TrainingJobs {
 public:
  struct Options {
    int max_running = 2;
    // Pictures of one training that wait for the server; more memory is never taken.
    size_t max_waiting = 4;
    // A picture that finds no room for so long is sent back to the page, which tries again.
    absl::Duration max_wait = absl::Seconds(10);
    // A page that sends nothing for so long is gone, and its training with it.
    absl::Duration max_silence = absl::Seconds(60);
    // Finished trainings that are remembered.
    size_t max_finished = 20;
    // What is stated of all picture files.
    PictureReading reading;
  };

  // `clock` outlives this.
  TrainingJobs(Client client, Clock* clock, const Options& options);
  ~TrainingJobs();

  // Begins a training of `pictures` pictures; returns its id. RESOURCE_EXHAUSTED when too many run.
  absl::StatusOr<int64_t> Begin(const v1::TrainRequest::Start& start, int pictures);
  // As Begin, and a training from then on.
  absl::StatusOr<int64_t> BeginRecalibration(const v1::RecalibrateCategoryRequest::Start& start,
                                             int pictures);

  // Hands over picture `index`: the next one (TrainingState::pictures_received). One that was received before
  // is taken for what it is, a repeated request. RESOURCE_EXHAUSTED with a hint when the server does not keep
  // up, FAILED_PRECONDITION when the training is over, INVALID_ARGUMENT when one was left out.
  absl::Status AddPicture(int64_t id, int index, std::string file);

  // NOT_FOUND when there is none. Stopping one that is done changes nothing.
  absl::Status Stop(int64_t id);

  void StopAll();

  absl::StatusOr<TrainingState> Get(int64_t id) const;
  // Oldest first.
  std::vector<TrainingState> List() const;

 private:
  class Job;

  template <typename Request>
  absl::StatusOr<int64_t> BeginJob(const typename Request::Start& start, int pictures);
  absl::StatusOr<std::shared_ptr<Job>> Find(int64_t id) const;
  void ForgetOld() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Client client_;
  Clock* const clock_;
  const Options options_;
  mutable Mutex mutex_;
  int64_t last_id_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<int64_t, std::shared_ptr<Job>> jobs_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_WEB_TRAINING_JOBS_H_
