// The wire: one method a remote procedure, one attempt a call.
#ifndef MLFSC_CLIENT_STUB_H_
#define MLFSC_CLIENT_STUB_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpc/health/v1/health.pb.h"
#include "mlfsc/v1/inspection.pb.h"

namespace mlfsc::client {

// Pictures going up and a training's progress coming down. One thread may write while another reads; Cancel
// may be called from any.
template <typename Request>
class PictureStream {
 public:
  virtual ~PictureStream() = default;

  // False: the call is over; Finish says why.
  virtual bool Write(const Request& request) = 0;
  // No more is coming.
  virtual void WritesDone() = 0;
  // False: the call is over; Finish says why.
  virtual bool Read(v1::TrainResponse* response) = 0;
  virtual void Cancel() = 0;
  // Called once, when Read has returned false and no Write is running.
  virtual absl::Status Finish() = 0;
};
using TrainStream = PictureStream<v1::TrainRequest>;
using RecalibrateStream = PictureStream<v1::RecalibrateCategoryRequest>;

// Takes the next piece of a file; an error ends the call.
using PieceSink = std::function<absl::Status(const std::string& piece)>;
// Gives the next piece of a file, empty at its end; an error ends the call.
using PieceSource = std::function<absl::StatusOr<std::string>()>;

// Thread-safe. `timeout`: of this attempt; infinite for none. What the server says about trying again is on
// the status (core/base/retry_hint.h). A call that the server let go of (CANCELLED on the wire, though
// this side did not cancel it) is UNAVAILABLE.
class Stub {
 public:
  virtual ~Stub() = default;

  virtual std::unique_ptr<TrainStream> Train() = 0;
  virtual std::unique_ptr<RecalibrateStream> Recalibrate() = 0;
  virtual absl::StatusOr<v1::ScoreResponse> Score(const v1::ScoreRequest& request,
                                                  absl::Duration timeout) = 0;
  virtual absl::StatusOr<v1::HeatmapResponse> Heatmap(const v1::HeatmapRequest& request,
                                                      absl::Duration timeout) = 0;
  virtual absl::StatusOr<v1::ListCategoriesResponse> ListCategories(const v1::ListCategoriesRequest& request,
                                                                    absl::Duration timeout) = 0;
  virtual absl::StatusOr<v1::Category> GetCategory(const v1::GetCategoryRequest& request,
                                                   absl::Duration timeout) = 0;
  virtual absl::StatusOr<v1::Category> ActivateVersion(const v1::ActivateVersionRequest& request,
                                                       absl::Duration timeout) = 0;
  virtual absl::StatusOr<v1::Category> DeleteVersion(const v1::DeleteVersionRequest& request,
                                                     absl::Duration timeout) = 0;
  virtual absl::StatusOr<v1::DeleteCategoryResponse> DeleteCategory(const v1::DeleteCategoryRequest& request,
                                                                    absl::Duration timeout) = 0;
  virtual absl::StatusOr<v1::Category> SetThreshold(const v1::SetThresholdRequest& request,
                                                    absl::Duration timeout) = 0;
  virtual absl::Status ExportCategory(const v1::ExportCategoryRequest& request, const PieceSink& sink,
                                      absl::Duration timeout) = 0;
  virtual absl::StatusOr<v1::ImportCategoryResponse> ImportCategory(
      const v1::ImportCategoryRequest::Start& start, const PieceSource& source, absl::Duration timeout) = 0;
  virtual absl::StatusOr<grpc::health::v1::HealthCheckResponse> CheckHealth(
      const grpc::health::v1::HealthCheckRequest& request, absl::Duration timeout) = 0;
  virtual absl::StatusOr<v1::GetStatisticsResponse> GetStatistics(const v1::GetStatisticsRequest& request,
                                                                  absl::Duration timeout) = 0;
};

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_STUB_H_
