#include "client/web/page_calls.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/commands/json.h"
#include "client/web/answers.h"
#include "client/web/page_json.h"

namespace mlfsc::client {
namespace {

using Json = nlohmann::ordered_json;

// A category's name in a path; the server says which names there are.
constexpr char kCategory[] = "/api/categories/([A-Za-z0-9._-]{1,64})";
// Numbers in a path: all fit into 64 bits.
constexpr char kTraining[] = "/api/trainings/([0-9]{1,18})";
// Of a file on its way to the server.
constexpr size_t kPieceBytes = size_t{1} << 20;

int64_t Number(const std::string& digits) {
  int64_t number = 0;
  (void)absl::SimpleAtoi(digits, &number);
  return number;
}

int64_t VersionOf(const httplib::Request& request) { return Number(request.get_param_value("version")); }

v1::RecalibrateCategoryRequest::Start RecalibrationOf(const TrainingRequest& wanted) {
  v1::RecalibrateCategoryRequest::Start start;
  start.set_category(wanted.start.category());
  start.set_version(*wanted.recalibrated_version);
  start.set_skip_bad_pictures(wanted.start.skip_bad_pictures());
  start.set_keep_active(wanted.start.keep_active());
  start.set_outliers(wanted.start.outliers());
  return start;
}

Json CategoryJson(const v1::Category& category) {
  Json json = ToJson(category);
  json["error"] = category.error();
  return json;
}

void AnswerCategory(const absl::StatusOr<v1::Category>& category, httplib::Response* response) {
  if (!category.ok()) return AnswerError(category.status(), response);
  Answer(CategoryJson(*category), response);
}

void AnswerTraining(const absl::StatusOr<TrainingState>& state, httplib::Response* response) {
  if (!state.ok()) return AnswerError(state.status(), response);
  Answer(ToJson(*state), response);
}

void AnswerStatus(const absl::Status& status, httplib::Response* response) {
  if (!status.ok()) return AnswerError(status, response);
  Answer(Json::object(), response);
}

}  // namespace

void PageCalls::AddTo(httplib::Server* http) {
  http->Get("/api/server", [this](const httplib::Request&, httplib::Response& response) {
    Answer({{"server", options_.server}, {"max_picture_bytes", options_.max_picture_bytes}}, &response);
  });
  http->Get("/api/statistics", [this](const httplib::Request&, httplib::Response& response) {
    const absl::StatusOr<v1::GetStatisticsResponse> statistics = client_.GetStatistics();
    if (!statistics.ok()) return AnswerError(statistics.status(), &response);
    Answer(ToJson(*statistics), &response);
  });
  AddCategoryCalls(http);
  AddTrainingCalls(http);
}

void PageCalls::AddCategoryCalls(httplib::Server* http) {
  http->Get("/api/categories", [this](const httplib::Request&, httplib::Response& response) {
    const absl::StatusOr<std::vector<v1::Category>> categories = client_.ListCategories();
    if (!categories.ok()) return AnswerError(categories.status(), &response);
    Json list = Json::array();
    for (const v1::Category& category : *categories) list.push_back(CategoryJson(category));
    Answer({{"categories", list}}, &response);
  });
  http->Delete(kCategory, [this](const httplib::Request& request, httplib::Response& response) {
    AnswerStatus(client_.DeleteCategory(request.matches[1]), &response);
  });
  http->Delete(absl::StrCat(kCategory, "/versions/([0-9]{1,18})"), [this](const httplib::Request& request,
                                                                          httplib::Response& response) {
    AnswerCategory(client_.DeleteVersion(request.matches[1], Number(request.matches[2])), &response);
  });
  http->Get(
      absl::StrCat(kCategory, "/versions/([0-9]{1,18})/bundle"),
      [this](const httplib::Request& request, httplib::Response& response) { Export(request, &response); });
  http->Post("/api/import", [this](const httplib::Request& request, httplib::Response& response) {
    Import(request, &response);
  });
  http->Post(absl::StrCat(kCategory, "/activate"),
             [this](const httplib::Request& request, httplib::Response& response) {
               const absl::StatusOr<int64_t> version = ParseVersion(request.body);
               if (!version.ok()) return AnswerError(version.status(), &response);
               AnswerCategory(client_.ActivateVersion(request.matches[1], *version), &response);
             });
  http->Post(absl::StrCat(kCategory, "/threshold"),
             [this](const httplib::Request& request, httplib::Response& response) {
               SetThreshold(request, &response);
             });
  http->Post(
      absl::StrCat(kCategory, "/score"),
      [this](const httplib::Request& request, httplib::Response& response) { Score(request, &response); });
  http->Post(
      absl::StrCat(kCategory, "/heatmap"),
      [this](const httplib::Request& request, httplib::Response& response) { Heatmap(request, &response); });
}

void PageCalls::AddTrainingCalls(httplib::Server* http) {
  http->Get("/api/trainings", [this](const httplib::Request&, httplib::Response& response) {
    Json list = Json::array();
    for (const TrainingState& state : jobs_->List()) list.push_back(ToJson(state));
    Answer({{"trainings", list}}, &response);
  });
  http->Post("/api/trainings", [this](const httplib::Request& request, httplib::Response& response) {
    BeginTraining(request, &response);
  });
  http->Get(kTraining, [this](const httplib::Request& request, httplib::Response& response) {
    AnswerTraining(jobs_->Get(Number(request.matches[1])), &response);
  });
  http->Delete(kTraining, [this](const httplib::Request& request, httplib::Response& response) {
    AnswerStatus(jobs_->Stop(Number(request.matches[1])), &response);
  });
  http->Put(absl::StrCat(kTraining, "/pictures/([0-9]{1,9})"),
            [this](const httplib::Request& request, httplib::Response& response) {
              AnswerStatus(jobs_->AddPicture(Number(request.matches[1]),
                                             static_cast<int>(Number(request.matches[2])), request.body),
                           &response);
            });
}

void PageCalls::Score(const httplib::Request& request, httplib::Response* response) {
  const absl::StatusOr<v1::Inspection> inspection =
      client_.Score(request.matches[1], ToPicture(request.body, options_.reading), VersionOf(request));
  if (!inspection.ok()) return AnswerError(inspection.status(), response);
  Answer(ToJson(*inspection), response);
}

void PageCalls::Heatmap(const httplib::Request& request, httplib::Response* response) {
  const bool with_picture = request.get_param_value("with_picture") == "true";
  const absl::StatusOr<v1::HeatmapResponse> heatmap =
      client_.Heatmap(request.matches[1], ToPicture(request.body, options_.reading),
                      v1::HeatmapRequest::COLOR_MAP_PNG, VersionOf(request), with_picture);
  if (!heatmap.ok()) return AnswerError(heatmap.status(), response);
  Answer(ToJson(*heatmap), response);
}

void PageCalls::Export(const httplib::Request& request, httplib::Response* response) {
  // Whole before any of it is answered: half a file is an error, not a download.
  std::string file;
  const absl::Status exported = client_.ExportCategory(
      request.matches[1], Number(request.matches[2]),
      [this, &file](const std::string& piece) -> absl::Status {
        if (piece.size() > options_.max_picture_bytes - file.size()) {
          return absl::FailedPreconditionError(
              absl::StrCat("the version's file has more than ", options_.max_picture_bytes >> 20,
                           " MiB, the limit of this page (--max-picture); `mlfsc export` saves it"));
        }
        file += piece;
        return absl::OkStatus();
      });
  if (!exported.ok()) return AnswerError(exported, response);
  response->status = 200;
  response->set_content(file, "application/octet-stream");
}

void PageCalls::Import(const httplib::Request& request, httplib::Response* response) {
  v1::ImportCategoryRequest::Start start;
  start.set_category(request.get_param_value("category"));
  start.set_keep_active(request.get_param_value("keep_active") == "true");
  size_t sent = 0;
  const absl::StatusOr<v1::ImportCategoryResponse> imported = client_.ImportCategory(start, [&] {
    std::string piece = request.body.substr(sent, kPieceBytes);
    sent += piece.size();
    return absl::StatusOr<std::string>(std::move(piece));
  });
  if (!imported.ok()) return AnswerError(imported.status(), response);
  Answer(ToJson(*imported), response);
}

void PageCalls::SetThreshold(const httplib::Request& request, httplib::Response* response) {
  const absl::StatusOr<v1::SetThresholdRequest> wanted = ParseThreshold(request.matches[1], request.body);
  if (!wanted.ok()) return AnswerError(wanted.status(), response);
  AnswerCategory(client_.SetThreshold(*wanted), response);
}

void PageCalls::BeginTraining(const httplib::Request& request, httplib::Response* response) {
  const absl::StatusOr<TrainingRequest> wanted = ParseTraining(request.body);
  if (!wanted.ok()) return AnswerError(wanted.status(), response);
  // A server that is away is told of before the pictures are on their way.
  const absl::StatusOr<std::vector<v1::Category>> reached = client_.ListCategories();
  if (!reached.ok()) return AnswerError(reached.status(), response);
  const absl::StatusOr<int64_t> id =
      wanted->recalibrated_version.has_value()
          ? jobs_->BeginRecalibration(RecalibrationOf(*wanted), wanted->pictures)
          : jobs_->Begin(wanted->start, wanted->pictures);
  if (!id.ok()) return AnswerError(id.status(), response);
  AnswerTraining(jobs_->Get(*id), response);
}

}  // namespace mlfsc::client
