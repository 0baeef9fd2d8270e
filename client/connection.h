// How calls behave: deadlines and retries. Client talks to this; tests may put a fake in its place.
#ifndef MLFSC_CLIENT_CONNECTION_H_
#define MLFSC_CLIENT_CONNECTION_H_

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "client/grpc_stub.h"
#include "client/retry.h"
#include "client/stub.h"
#include "client/training_stop.h"
#include "core/base/clock.h"
#include "grpc/health/v1/health.pb.h"
#include "mlfsc/v1/inspection.pb.h"

namespace mlfsc::client {

// What a category is learnt from.
struct Training {
  v1::TrainRequest::Start start;
  int pictures = 0;
  // The picture at an index in [0, pictures), read when it is sent. Called from one thread at a time, in
  // order; again from 0 when the training is begun anew. An error ends the training.
  std::function<absl::StatusOr<v1::Picture>(int)> picture;
  // Ends it from another thread; null for never.
  TrainingStop* stop = nullptr;
};

using TrainProgressCallback = std::function<void(const v1::TrainProgress&)>;

// Thread-safe.
class Connection {
 public:
  virtual ~Connection() = default;

  // `on_progress` is called on the calling thread.
  virtual absl::StatusOr<v1::TrainResult> Train(const Training& training,
                                                const TrainProgressCallback& on_progress) = 0;
  virtual absl::StatusOr<v1::ScoreResponse> Score(const v1::ScoreRequest& request) = 0;
  virtual absl::StatusOr<v1::HeatmapResponse> Heatmap(const v1::HeatmapRequest& request) = 0;
  virtual absl::StatusOr<v1::ListCategoriesResponse> ListCategories(
      const v1::ListCategoriesRequest& request) = 0;
  virtual absl::StatusOr<v1::Category> GetCategory(const v1::GetCategoryRequest& request) = 0;
  virtual absl::StatusOr<v1::Category> ActivateVersion(const v1::ActivateVersionRequest& request) = 0;
  virtual absl::StatusOr<v1::Category> DeleteVersion(const v1::DeleteVersionRequest& request) = 0;
  virtual absl::StatusOr<grpc::health::v1::HealthCheckResponse> CheckHealth(
      const grpc::health::v1::HealthCheckRequest& request) = 0;
  virtual absl::StatusOr<v1::DeleteCategoryResponse> DeleteCategory(
      const v1::DeleteCategoryRequest& request) = 0;
  virtual absl::StatusOr<v1::Category> SetThreshold(const v1::SetThresholdRequest& request) = 0;
  virtual absl::StatusOr<v1::GetStatisticsResponse> GetStatistics(
      const v1::GetStatisticsRequest& request) = 0;
};

struct ConnectionOptions {
  ChannelOptions channel;
  RetryOptions retry;
};

// A connection to a server, made when the first call needs it. Every call but Train has `retry.timeout` in
// all. Train has no deadline, and is begun anew only while the server has not accepted a picture;
// DeleteVersion, DeleteCategory and SetThreshold are not repeated, since a lost answer could not be told from
// a version that never was, or would be given twice.
std::shared_ptr<Connection> MakeConnection(const ConnectionOptions& options);

// The same behaviour over any stub and clock. `uniform`: random numbers in [0, 1), called from any thread.
// `clock` outlives the connection.
std::shared_ptr<Connection> MakeConnection(std::shared_ptr<Stub> stub, const RetryOptions& options,
                                           Clock* clock, std::function<double()> uniform);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_CONNECTION_H_
