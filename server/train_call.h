// A Train or RecalibrateCategory stream in flight.
#ifndef MLFSC_SERVER_TRAIN_CALL_H_
#define MLFSC_SERVER_TRAIN_CALL_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <grpcpp/alarm.h>
#include <grpcpp/support/server_callback.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/base/mutex.h"
#include "mlfsc/v1/inspection.pb.h"
#include "server/backend.h"
#include "server/call.h"
#include "server/metrics/metrics.h"
#include "server/phase_times.h"
#include "server/time_left.h"

namespace mlfsc {

// Reads the next picture only when the training has room for it, so that a fast client waits in its own send
// buffer. Progress is written as fast as the client takes it and no faster: while one message is under way,
// only the newest waits. A client that goes away, or falls silent, cancels the training.
//
// `Request`: v1::TrainRequest or v1::RecalibrateCategoryRequest, which differ in their start only.
template <typename Request>
class TrainCall : public grpc::ServerBidiReactor<Request, v1::TrainResponse>,
                  public std::enable_shared_from_this<TrainCall<Request>> {
 public:
  struct Options {
    // The method's, for messages.
    std::string name;
    std::vector<int> input_sizes;
    // How long the training waits for its client's next message, and for its client to take the result.
    absl::Duration idle_timeout = absl::Minutes(2);
    // How long it waits for its client's messages, all together.
    absl::Duration wait_limit = absl::Hours(1);
  };

  // The call owns itself: it goes when gRPC and the training are both done with it. The pointers outlive it.
  static TrainCall* Begin(Options options, Backend* backend, Metrics* metrics, Clock* clock,
                          std::unique_ptr<Call> call);

 private:
  using Outcome = absl::StatusOr<TrainedVersion>;

  TrainCall(Options options, Backend* backend, Metrics* metrics, Clock* clock, std::unique_ptr<Call> call);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  // A message of the client, the first and those after it.
  absl::Status StartTraining(const Request& request);
  absl::Status AddPicture(int64_t index, const Request& request);
  // The client has sent all it has.
  void FinishTraining();
  void ReadNext();
  // The message that was waited for since `messages` had come has not come in time, which was `limit`.
  void OnIdle(int64_t messages, absl::Duration limit);

  void OnProgress(const TrainingProgress& progress);
  // Ends the stream; the first outcome counts.
  void End(Outcome outcome);
  // Ends the stream for a reason of its own, and the training with it.
  void Fail(const absl::Status& status);
  // Writes what is most urgent, unless something is being written.
  void Write() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // A client that does not take the result is not waited for longer than the idle timeout.
  void WaitForTaking() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // For the log.
  void NoteOutcome() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::shared_ptr<TrainingRun> run();

  const Options options_;
  Backend* const backend_;
  Metrics* const metrics_;
  Clock* const clock_;
  // Written by gRPC between StartRead and OnReadDone.
  Request request_;

  Mutex mutex_;
  // Keeps the object while gRPC holds the bare pointer.
  std::shared_ptr<TrainCall> self_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<Call> call_ ABSL_GUARDED_BY(mutex_);
  // That have come.
  int64_t messages_ ABSL_GUARDED_BY(mutex_) = 0;
  // While the next one, or the end, is waited for.
  std::unique_ptr<grpc::Alarm> idle_ ABSL_GUARDED_BY(mutex_);
  absl::Time waits_since_ ABSL_GUARDED_BY(mutex_);
  // For all that have come.
  absl::Duration waited_ ABSL_GUARDED_BY(mutex_);
  // Until gRPC is done: a training is not dropped from within its own events.
  std::shared_ptr<TrainingRun> run_ ABSL_GUARDED_BY(mutex_);
  TimeLeft time_left_ ABSL_GUARDED_BY(mutex_);
  PhaseTimes phase_times_ ABSL_GUARDED_BY(mutex_);
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<v1::TrainResponse> newest_progress_ ABSL_GUARDED_BY(mutex_);
  std::optional<Outcome> outcome_ ABSL_GUARDED_BY(mutex_);
  // Read by gRPC while writing_.
  v1::TrainResponse response_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mlfsc

#endif  // MLFSC_SERVER_TRAIN_CALL_H_
