// A server to talk to: learns categories, scores pictures, draws where they depart from good.
//
//     mlfsc::client::Client client(mlfsc::client::MakeConnection({}));
//     absl::StatusOr<mlfsc::v1::Picture> picture = mlfsc::client::ReadPicture("part.png");
//     absl::StatusOr<mlfsc::v1::Inspection> inspection = client.Score("carpet", *std::move(picture));
//     if (inspection->verdict() == mlfsc::v1::NOK) ...
#ifndef MLFSC_CLIENT_CLIENT_H_
#define MLFSC_CLIENT_CLIENT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/connection.h"
#include "mlfsc/v1/inspection.pb.h"

namespace mlfsc::client {

// Cheap to copy; copies share the connection. Thread-safe. Errors carry the codes and messages of the wire
// contract (proto/mlfsc/v1/inspection.proto). `version` 0 is the active one.
class Client {
 public:
  explicit Client(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}

  // Learns a category and returns its new version. Blocks until the server is done; `on_progress`, if any, is
  // called on this thread.
  absl::StatusOr<v1::TrainResult> Train(Training training, const TrainProgressCallback& on_progress = {});

  // Calibrates the limits of a version anew, as a new version. As Train.
  absl::StatusOr<v1::TrainResult> Recalibrate(Recalibration recalibration,
                                              const TrainProgressCallback& on_progress = {});

  // Of both, what is found has passed CheckInspection (client/inspection_check.h).
  absl::StatusOr<v1::Inspection> Score(const std::string& category, v1::Picture picture, int64_t version = 0);

  // `with_picture`: also the picture as the server sees it.
  absl::StatusOr<v1::HeatmapResponse> Heatmap(const std::string& category, v1::Picture picture,
                                              v1::HeatmapRequest::Format format, int64_t version = 0,
                                              bool with_picture = false);

  // By name.
  absl::StatusOr<std::vector<v1::Category>> ListCategories();
  absl::StatusOr<v1::Category> GetCategory(const std::string& category);

  // Both return the category as it is then.
  absl::StatusOr<v1::Category> ActivateVersion(const std::string& category, int64_t version);
  absl::StatusOr<v1::Category> DeleteVersion(const std::string& category, int64_t version);
  // With all its versions.
  absl::Status DeleteCategory(const std::string& category);

  // A new version, which differs from `request.version` in its limits only. Returns the category as it is
  // then.
  absl::StatusOr<v1::Category> SetThreshold(const v1::SetThresholdRequest& request);

  // A version as one file, piece by piece, and back. `sink` and `source` are called on this thread.
  absl::Status ExportCategory(const std::string& category, int64_t version, const PieceSink& sink);
  absl::StatusOr<v1::ImportCategoryResponse> ImportCategory(const v1::ImportCategoryRequest::Start& start,
                                                            const PieceSource& source);

  // Whether the server answers, or, with a category, whether that category does. NotFound for a category that
  // the server does not have, with the one that was most likely meant where the server lists them.
  absl::StatusOr<bool> IsServing(const std::string& category = "");

  // Traffic since the server began; `category`: empty for all.
  absl::StatusOr<v1::GetStatisticsResponse> GetStatistics(const std::string& category = "");

 private:
  // For a hint; none when the server does not tell.
  std::vector<std::string> CategoryNames();

  std::shared_ptr<Connection> connection_;
};

}  // namespace mlfsc::client

#endif  // MLFSC_CLIENT_CLIENT_H_
