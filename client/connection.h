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

// What a category is learnt from, or its limits are calibrated on.
template <typename Request>
struct PictureSeries {
  typename Request::Start start;
  int pictures = 0;
  // The picture at an index in [0, pictures), read when it is sent. Called from one thread at a time, in
  // order; again from 0 when the training is begun anew. An error ends the training.
  std::function<absl::StatusOr<v1::Picture>(int)> picture;
  // Ends it from another thread; null for never.
  TrainingStop* stop = nullptr;
};

using Training = PictureSeries<v1::TrainRequest>;
using Recalibration = PictureSeries<v1::RecalibrateCategoryRequest>;

using TrainProgressCallback = std::function<void(const v1::TrainProgress&)>;

// Thread-safe.
class Connection {
 public:
  virtual ~Connection() = default;

  // `on_progress` is called on the calling thread.
  virtual absl::StatusOr<v1::TrainResult> Train(const Training& training,
                                                const TrainProgressCallback& on_progress) = 0;
  virtual absl::StatusOr<v1::TrainResult> Recalibrate(const Recalibration& recalibration,
                                                      const TrainProgressCallback& on_progress) = 0;
  virtual absl::StatusOr<v1::ScoreResponse> Score(const v1::ScoreRequest& request) = 0;
  virtual absl::StatusOr<v1::HeatmapResponse> Heatmap(const v1::HeatmapRequest& request) = 0;
  virtual absl::StatusOr<v1::ListCategoriesResponse> ListCategories(
      const v1::ListCategoriesRequest& request) = 0;
  virtual absl::StatusOr<v1::Category> GetCategory(const v1::GetCategoryRequest& request) = 0;
  virtual absl::StatusOr<v1::Category> ActivateVersion(const v1::ActivateVersionRequest& request) = 0;
  virtual absl::StatusOr<v1::Category> DeleteVersion(const v1::DeleteVersionRequest& request) = 0;
  virtual absl::StatusOr<v1::DeleteCategoryResponse> DeleteCategory(
      const v1::DeleteCategoryRequest& request) = 0;
  virtual absl::StatusOr<v1::Category> SetThreshold(const v1::SetThresholdRequest& request) = 0;
  // `sink` and `source` are called on the calling thread.
  virtual absl::Status ExportCategory(const v1::ExportCategoryRequest& request, const PieceSink& sink) = 0;
  virtual absl::StatusOr<v1::ImportCategoryResponse> ImportCategory(
      const v1::ImportCategoryRequest::Start& start, const PieceSource& source) = 0;
  virtual absl::StatusOr<grpc::health::v1::HealthCheckResponse> CheckHealth(
      const grpc::health::v1::HealthCheckRequest& request) = 0;
  virtual absl::StatusOr<v1::GetStatisticsResponse> GetStatistics(
      const v1::GetStatisticsRequest& request) = 0;
};

struct ConnectionOptions {
  ChannelOptions channel;
  RetryOptions retry;
};

// A connection to a server, made when the first call needs it. Every call but Train and Recalibrate has
// `retry.timeout` in all. Those two have no deadline, and are begun anew only while the server has not
// accepted a picture. What makes a version or deletes is not repeated, since a lost answer could not be told
// from a call that was never carried out.
std::shared_ptr<Connection> MakeConnection(const ConnectionOptions& options);

// The same behaviour over any stub and clock. `uniform`: random numbers in [0, 1), called from any thread.
// `clock` outlives the connection.
std::shared_ptr<Connection> MakeConnection(std::shared_ptr<Stub> stub, const RetryOptions& options,
                                           Clock* clock, std::function<double()> uniform);

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_CONNECTION_H_
