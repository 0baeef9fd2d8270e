#include "client/client.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "client/inspection_check.h"
#include "core/base/nearest_name.h"

namespace mlfsc::client {
namespace {

template <typename Request>
Request About(const std::string& category, int64_t version) {
  Request request;
  request.set_category(category);
  request.set_version(version);
  return request;
}

}  // namespace

absl::StatusOr<v1::TrainResult> Client::Train(Training training, const TrainProgressCallback& on_progress) {
  training.start.set_expected_pictures(training.pictures);
  return connection_->Train(training, on_progress);
}

absl::StatusOr<v1::TrainResult> Client::Recalibrate(Recalibration recalibration,
                                                    const TrainProgressCallback& on_progress) {
  recalibration.start.set_expected_pictures(recalibration.pictures);
  return connection_->Recalibrate(recalibration, on_progress);
}

absl::StatusOr<v1::Inspection> Client::Score(const std::string& category, v1::Picture picture,
                                             int64_t version) {
  auto request = About<v1::ScoreRequest>(category, version);
  *request.mutable_picture() = std::move(picture);
  absl::StatusOr<v1::ScoreResponse> response = connection_->Score(request);
  if (!response.ok()) return response.status();
  if (absl::Status sound = CheckInspection(response->inspection()); !sound.ok()) return sound;
  return std::move(*response->mutable_inspection());
}

absl::StatusOr<v1::HeatmapResponse> Client::Heatmap(const std::string& category, v1::Picture picture,
                                                    v1::HeatmapRequest::Format format, int64_t version,
                                                    bool with_picture) {
  auto request = About<v1::HeatmapRequest>(category, version);
  *request.mutable_picture() = std::move(picture);
  request.set_format(format);
  request.set_with_picture(with_picture);
  absl::StatusOr<v1::HeatmapResponse> response = connection_->Heatmap(request);
  if (!response.ok()) return response;
  if (absl::Status sound = CheckInspection(response->inspection()); !sound.ok()) return sound;
  return response;
}

absl::StatusOr<std::vector<v1::Category>> Client::ListCategories() {
  absl::StatusOr<v1::ListCategoriesResponse> response =
      connection_->ListCategories(v1::ListCategoriesRequest());
  if (!response.ok()) return response.status();
  return std::vector<v1::Category>(response->categories().begin(), response->categories().end());
}

absl::StatusOr<v1::Category> Client::GetCategory(const std::string& category) {
  v1::GetCategoryRequest request;
  request.set_category(category);
  return connection_->GetCategory(request);
}

absl::StatusOr<v1::Category> Client::ActivateVersion(const std::string& category, int64_t version) {
  return connection_->ActivateVersion(About<v1::ActivateVersionRequest>(category, version));
}

absl::StatusOr<v1::Category> Client::DeleteVersion(const std::string& category, int64_t version) {
  return connection_->DeleteVersion(About<v1::DeleteVersionRequest>(category, version));
}

absl::StatusOr<bool> Client::IsServing(const std::string& category) {
  grpc::health::v1::HealthCheckRequest request;
  if (!category.empty()) request.set_service(absl::StrCat("category/", category));
  const absl::StatusOr<grpc::health::v1::HealthCheckResponse> response = connection_->CheckHealth(request);
  if (absl::IsNotFound(response.status()) && !category.empty()) {
    return absl::NotFoundError(
        absl::StrCat("there is no category ", category, DidYouMean(category, CategoryNames())));
  }
  if (!response.ok()) return response.status();
  return response->status() == grpc::health::v1::HealthCheckResponse::SERVING;
}

std::vector<std::string> Client::CategoryNames() {
  std::vector<std::string> names;
  const absl::StatusOr<std::vector<v1::Category>> categories = ListCategories();
  if (!categories.ok()) return names;
  for (const v1::Category& one : *categories) names.push_back(one.category());
  return names;
}

absl::Status Client::DeleteCategory(const std::string& category) {
  v1::DeleteCategoryRequest request;
  request.set_category(category);
  return connection_->DeleteCategory(request).status();
}

absl::StatusOr<v1::Category> Client::SetThreshold(const v1::SetThresholdRequest& request) {
  return connection_->SetThreshold(request);
}

absl::StatusOr<v1::GetStatisticsResponse> Client::GetStatistics(const std::string& category) {
  v1::GetStatisticsRequest request;
  request.set_category(category);
  return connection_->GetStatistics(request);
}

absl::Status Client::ExportCategory(const std::string& category, int64_t version, const PieceSink& sink) {
  return connection_->ExportCategory(About<v1::ExportCategoryRequest>(category, version), sink);
}

absl::StatusOr<v1::ImportCategoryResponse> Client::ImportCategory(
    const v1::ImportCategoryRequest::Start& start, const PieceSource& source) {
  return connection_->ImportCategory(start, source);
}

}  // namespace mlfsc::client
